/** For tests: changes and their statuses as short texts, `name:status:lane,lane`; what is not named is `*`. */
import { type Change, type Task, type TaskStatus, withTask } from './model.ts';
import { changeOf, type NewTask } from './plan.ts';

const allStatuses: readonly TaskStatus[] = [
  ...(['Do', 'Doing', 'Done', 'Abort', 'Undo', 'Undoing', 'Undone', 'Hold', 'Error', 'Wait'] as const),
];

/** Each name with the word that is its own, or that of `*`. */
function expanded(names: readonly string[], text: string): ReadonlyMap<string, readonly string[]> {
  const words = new Map(text.split(' ').map((word) => [word.split(':')[0] ?? '', word.split(':').slice(1)]));
  return new Map(names.map((name) => [name, words.get(name) ?? words.get('*') ?? ['do']]));
}

/**
 * A change with tasks of these names, each with a kind of its name and ids from 1 on.
 * @param order `a->b` where b waits for a
 */
export function changeFrom(names: readonly string[], order: string, setup: string): Change {
  const pairs = order.split(' ').map((pair) => pair.split('->'));
  const words = expanded(names, setup);
  const tasks = names.map((name): NewTask => {
    const waits = pairs.flatMap(([before, behind]) => (behind === name ? [names.indexOf(before ?? '')] : []));
    const lanes = words.get(name)?.[1]?.split(',').map(Number) ?? [];
    return { kind: name, summary: name, waits, lanes };
  });
  const plan = { kind: 'install', summary: '...', data: {}, tasks };
  return [...words].reduce(
    (change, [name, [status = 'do']], at) => {
      return withTask(change, at + 1, statusFrom(name, status));
    },
    changeOf(plan, 1, 1, 'now'),
  );
}

function statusFrom(name: string, word: string): Partial<Task> {
  const status = allStatuses.find((candidate) => candidate.toLowerCase() === word);
  if (status === undefined) throw new Error(`no such status for ${name}: ${word}`);
  return status === 'Wait' ? { status, waited: 'Done' } : { status };
}

/** `name:status` of each task. */
export function statusesOf({ tasks }: Pick<Change, 'tasks'>): string {
  return tasks.map(({ kind, status }) => `${kind}:${status.toLowerCase()}`).join(' ');
}

/** The same for what is expected, `*` for all others. */
export function expectedOf(names: readonly string[], text: string): string {
  return [...expanded(names, text)].map(([name, [status]]) => `${name}:${status}`).join(' ');
}
