import t from 'tap';
import { changeFrom } from './fixture-graph.ts';
import type { TaskStatus } from './model.ts';
import { changeError, changeStatus, statusOf } from './status.ts';

const precedence: readonly TaskStatus[] = [
  ...(['Abort', 'Undoing', 'Undo', 'Doing', 'Do', 'Wait', 'Error', 'Undone', 'Done', 'Hold'] as const),
];
const lower = (status: TaskStatus) => status.toLowerCase();

t.test('a change without tasks is Hold (K23), or what it was said to be', (t) => {
  t.equal(changeStatus([]), 'Hold');
  t.equal(statusOf({ explicit: 'Done', tasks: [] }), 'Done');
  t.equal(statusOf({ explicit: undefined, tasks: changeFrom(['a'], '', 'a:doing').tasks }), 'Doing');
  t.end();
});

t.test('the first status that a task has, by snapd’s order, is the status of the change (K24)', (t) => {
  for (const [first, status] of precedence.entries()) {
    const words = precedence.slice(first).toReversed();
    const setup = words.map((word) => `${word}:${lower(word)}`).join(' ');
    t.equal(changeStatus(changeFrom(words, '', setup).tasks), status, words.join());
  }
  t.end();
});

t.test('a change waits once nothing can happen before what is waited for', (t) => {
  const chain = 'a->b b->c';
  const fork = 'a->c b->c';
  const undo = 'a->c b->c a->d b->d';
  const cases: readonly (readonly [order: string, setup: string, status: TaskStatus])[] = [
    ['', 'a:wait', 'Wait'],
    ['a->b', 'a:do b:do w:wait', 'Do'],
    ['a->b', 'a:done b:do w:wait', 'Do'],
    ['a->b', 'a:wait b:do w:wait', 'Wait'],
    ['a->b', 'a:done b:wait', 'Wait'],
    [chain, 'a:wait b:do c:do', 'Wait'],
    [chain, 'a:done b:doing c:do w:wait', 'Doing'],
    [fork, 'a:wait b:done c:do', 'Wait'],
    [fork, 'a:wait b:do c:do', 'Do'],
    [fork, 'a:do b:wait c:do', 'Do'],
    [fork, 'a:error b:wait c:do', 'Wait'],
    [fork, 'a:wait b:error c:do', 'Wait'],
    [fork, 'a:wait b:abort c:do', 'Abort'],
    [fork, 'a:wait b:undoing c:do', 'Undoing'],
    [fork, 'a:done b:done c:wait', 'Wait'],
    ['a->b', 'a:undo b:undo w:wait', 'Undo'],
    ['a->b', 'a:undo b:undone w:wait', 'Undo'],
    ['a->b', 'a:undo b:wait w:wait', 'Wait'],
    ['a->b', 'a:wait b:undone', 'Wait'],
    [undo, 'a:undo b:undo c:error d:wait', 'Wait'],
    [undo, 'a:undo b:undo c:wait d:error', 'Wait'],
    [undo, 'a:wait b:wait c:undone d:undo', 'Undo'],
    [undo, 'a:wait b:done c:undone d:undone', 'Wait'],
  ];
  for (const [order, setup, status] of cases) {
    const names = setup.split(' ').map((word) => word.split(':')[0] ?? '');
    t.equal(changeStatus(changeFrom(names, order, setup).tasks), status, `${order}: ${setup}`);
  }
  t.end();
});

t.test('the error of a change names each task that failed', (t) => {
  const task = (status: TaskStatus, summary: string, ...log: string[]) => ({ id: 1, waits: [], status, summary, log });
  const undone = task('Undone', 'a', '2026 ERROR not this');
  const failed = task('Error', 'b', '2026 INFO x', '2026 ERROR no space\nleft', '2026 INFO an ERROR y', '2026 ERROR z');
  t.equal(
    changeError([undone, failed, task('Error', 'c', '2026 ERROR too')]),
    'cannot perform the following tasks:\n- b (no space\nleft)\n- b (z)\n- c (too)',
  );
  t.equal(changeError([task('Done', 'a', '2026 ERROR x')]), undefined);
  t.equal(changeError([failed, task('Undo', 'a')]), undefined, 'not while it is being undone');
  t.equal(changeError([task('Error', 'a')]), 'cannot perform the following tasks:\n- a (no error message)');
  t.end();
});
