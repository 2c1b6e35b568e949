import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openDatabase } from '../system/database.ts';
import { Changes, changesTables } from './changes.ts';
import { changeError, changeStatus, isReady, type Task, type TaskStatus } from './model.ts';
import { nextStep } from './next.ts';
import { type Handlers, Runner } from './runner.ts';

const task = (status: TaskStatus, id = 1): Task => ({
  id,
  kind: 'k',
  summary: `task ${id}`,
  status,
  log: [],
  progress: { label: '', done: 0, total: 1 },
  spawnTime: '',
  readyTime: undefined,
});

async function changesOf(t: Test) {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-engine-'));
  const database = await openDatabase(join(directory, 'db'));
  database.migrate([{ version: 1, statements: changesTables }]);
  t.teardown(async () => {
    await database.close();
    await rm(directory, { recursive: true });
  });
  let seconds = 0;
  return { database, changes: new Changes(database, () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++))) };
}

t.test('the status of a change follows from its tasks', (t) => {
  const cases: readonly (readonly [TaskStatus, ...TaskStatus[]])[] = [
    ['Hold'],
    ['Done', 'Done', 'Done'],
    ['Doing', 'Done', 'Doing', 'Do'],
    ['Wait', 'Done', 'Wait', 'Do'],
    ['Undo', 'Undo', 'Error', 'Hold'],
    ['Undoing', 'Undo', 'Undoing', 'Error'],
    ['Error', 'Undone', 'Error', 'Hold'],
    ['Undone', 'Undone', 'Hold'],
    ['Do', 'Do', 'Do'],
  ];
  for (const [status, ...tasks] of cases)
    t.equal(changeStatus(tasks.map((s) => ({ status: s }))), status, tasks.join());
  t.strictSame((['Do', 'Doing', 'Wait', 'Undo', 'Undoing'] as const).filter(isReady), []);
  t.end();
});

t.test('tasks are done forwards and undone backwards', (t) => {
  const kinds = (...statuses: TaskStatus[]) => {
    const next = nextStep(statuses.map((status, at) => task(status, at)));
    return 'task' in next ? `${next.kind} ${next.task.id}` : next.kind;
  };
  t.equal(kinds('Do', 'Do'), 'do 0');
  t.equal(kinds('Done', 'Doing', 'Do'), 'do 1', 'what the power cut runs again');
  t.equal(kinds('Done', 'Wait', 'Do'), 'wait');
  t.equal(kinds('Undo', 'Undo', 'Error', 'Hold'), 'undo 1');
  t.equal(kinds('Undo', 'Undoing', 'Error'), 'undo 1');
  t.equal(kinds('Undone', 'Error', 'Hold'), 'over');
  t.equal(kinds('Done', 'Done'), 'over');
  t.end();
});

t.test('the error of a change names each task that failed', (t) => {
  const failed = { ...task('Error', 2), log: ['2026 INFO x', '2026 ERROR no space\nleft'] };
  t.equal(changeError([task('Undone'), failed]), 'cannot perform the following tasks:\n- task 2 (no space\nleft)');
  t.equal(changeError([task('Done')]), undefined);
  t.equal(changeError([task('Error')]), 'cannot perform the following tasks:\n- task 1 (no error message)');
  t.end();
});

t.test('a change runs to its end, and what failed is undone', async (t) => {
  const { changes, database } = await changesOf(t);
  const calls: string[] = [];
  const failing = new Set<string>();
  const step = (name: string) => ({
    do: async () => {
      calls.push(name);
      if (failing.has(name)) throw new Error(`cannot ${name}`);
      return { kind: 'done', note: `${name} was done`, data: { [name]: true } } as const;
    },
    undo: async () => {
      calls.push(`un${name}`);
      if (failing.has(`un${name}`)) throw new Error(`cannot un${name}`);
    },
  });
  let told = 0;
  const handlers: Handlers = {
    a: step('a'),
    b: step('b'),
    c: step('c'),
    w: { do: async () => ({ kind: 'wait', afterwards: () => told++ }) },
    noundo: { do: async () => ({ kind: 'done' }) },
  };
  const runner = new Runner(changes, handlers);
  const start = (...kinds: string[]) =>
    changes.create(
      'test',
      'Test',
      { 'snap-name': 'x' },
      kinds.map((kind) => ({ kind, summary: `do ${kind}` })),
    );
  const statuses = (id: number) =>
    changes
      .get(id)
      ?.tasks.map((one) => one.status)
      .join(' ');

  const good = start('a', 'noundo', 'c');
  t.equal(await runner.run(good.id), 'Done');
  t.same(changes.get(good.id)?.data, { 'snap-name': 'x', a: true, c: true });
  t.match(changes.get(good.id)?.tasks[0]?.log, [/^2026.* INFO a was done$/]);
  t.ok(changes.get(good.id)?.readyTime);
  t.strictSame(changes.open(), []);

  calls.length = 0;
  failing.add('c').add('una');
  const bad = start('a', 'b', 'noundo', 'c', 'a');
  t.equal(await runner.run(bad.id), 'Error');
  t.strictSame(
    calls,
    ['a', 'b', 'c', 'unc', 'unb', 'una'],
    'the failing task is tidied up first; an undo that fails stops none',
  );
  t.equal(statuses(bad.id), 'Error Undone Undone Error Hold');
  t.match(changeError(changes.get(bad.id)?.tasks ?? []), /do c \(cannot c\)/);

  const unknown = start('a', 'nonsense');
  t.equal(await runner.run(unknown.id), 'Error');
  t.match(changeError(changes.get(unknown.id)?.tasks ?? []), /does not know it/);

  failing.clear();
  const waiting = start('a', 'w', 'b');
  const first = runner.run(waiting.id);
  t.equal(runner.run(waiting.id), first, 'a change runs once at a time');
  t.ok(runner.busy);
  t.equal(await first, 'Wait');
  t.equal(told, 1);
  t.notOk(runner.busy);
  t.equal(await runner.run(waiting.id), 'Wait', 'and waits on');
  const waitTask = changes.get(waiting.id)?.tasks[1]?.id ?? 0;
  changes.update(waiting.id, 'go on', [{ task: waitTask, status: 'Done' }]);
  t.equal(await runner.run(waiting.id), 'Done');

  await t.rejects(runner.run(999), /there is none/);
  t.throws(() => changes.update(good.id, 'x', [{ task: waitTask, status: 'Do' }]), /no such task/);
  t.equal(changes.list().length, 4);
  for (let count = 0; count < 210; count++) changes.update(start('a').id, 'end', []);
  t.equal(changes.list().length, 210, 'open changes are never forgotten');
  database.transaction('end', (sql) => sql.run("UPDATE changes SET ready_time = 'now'"));
  start('a');
  t.equal(changes.list().length, 200, 'old ones are');
});

t.test('progress is seen while a task runs, and not after', async (t) => {
  const { changes } = await changesOf(t);
  const change = changes.create('test', 'Test', {}, [{ kind: 'a', summary: 'a' }]);
  t.strictSame(change.tasks[0]?.progress, { label: '', done: 0, total: 1 });
  const seen: unknown[] = [];
  const runner = new Runner(changes, {
    a: {
      do: async ({ progress }) => {
        progress('bytes', 5, 10);
        seen.push(changes.get(change.id)?.tasks[0]?.progress);
        return { kind: 'done' };
      },
    },
  });
  await runner.run(change.id);
  t.strictSame(seen, [{ label: 'bytes', done: 5, total: 10 }]);
  t.strictSame(changes.get(change.id)?.tasks[0]?.progress, { label: '', done: 1, total: 1 });
});

t.test('ten lines of log are kept', async (t) => {
  const { changes } = await changesOf(t);
  const change = changes.create('test', 'Test', {}, [{ kind: 'a', summary: 'a' }]);
  const id = change.tasks[0]?.id ?? 0;
  for (let line = 0; line < 12; line++) {
    changes.update(change.id, 'log', [{ task: id, status: 'Doing', log: { level: 'INFO', text: `line ${line}` } }]);
  }
  const log = changes.get(change.id)?.tasks[0]?.log ?? [];
  t.equal(log.length, 10);
  t.match(log.at(-1), /line 11$/);
});
