import t from 'tap';
import { changeFrom, statusesOf } from './fixture-graph.ts';
import { mapTasks, type Task } from './model.ts';
import { nextSteps, type Surroundings } from './next.ts';

const calm: Surroundings = {
  now: 1000,
  notBefore: () => undefined,
  isRunning: () => false,
  hasUndo: (kind) => !kind.startsWith('n'),
  isBlocked: () => false,
};

const fork = 'a->b a->c b->d c->d';

/** What is started, and the statuses after. */
function next(order: string, setup: string, around: Partial<Surroundings> = {}) {
  const names = setup.split(' ').map((word) => word.split(':')[0] ?? '');
  const steps = nextSteps(changeFrom(names, order, setup), { ...calm, ...around });
  return { ...steps, starts: steps.starts.map(({ kind }) => kind).join(''), statuses: statusesOf(steps.change) };
}

t.test('what may run, forwards and backwards', (t) => {
  const cases: readonly (readonly [order: string, setup: string, starts: string, statuses: string])[] = [
    [fork, 'a:do b:do c:do d:do', 'a', 'a:doing b:do c:do d:do'],
    [fork, 'a:done b:do c:do d:do', 'bc', 'a:done b:doing c:doing d:do'],
    [fork, 'a:done b:done c:doing d:do', 'c', 'a:done b:done c:doing d:do'],
    [fork, 'a:done b:done c:wait d:do', '', 'a:done b:done c:wait d:do'],
    [fork, 'a:undo b:undo c:undo d:undo', 'd', 'a:undo b:undo c:undo d:undoing'],
    [fork, 'a:undo b:undo c:undo d:error', 'bc', 'a:undo b:undoing c:undoing d:error'],
    [fork, 'a:undo b:undone c:undoing d:hold', 'c', 'a:undo b:undone c:undoing d:hold'],
    [fork, 'a:undo b:undone c:wait d:hold', '', 'a:undo b:undone c:wait d:hold'],
    ['', 'a:done b:undone c:hold d:error', '', 'a:done b:undone c:hold d:error'],
    ['a->b', 'a:do b:doing', 'ab', 'a:doing b:doing'],
    ['a->n n->c', 'a:undo n:undo c:undone', 'a', 'a:undoing n:done c:undone'],
    ['a->n n->o', 'a:undo n:undo o:undo', 'o', 'a:undo n:undo o:undoing'],
    ['a->n1 n1->n2', 'a:undo n1:undo n2:undoing', 'a', 'a:undoing n1:done n2:done'],
    ['', 'a:abort n:abort', 'a', 'a:undoing n:hold'],
  ];
  for (const [order, setup, starts, statuses] of cases) {
    const { starts: started, statuses: after } = next(order, setup);
    t.strictSame([started, after], [starts, statuses], `${order}: ${setup}`);
  }
  t.end();
});

t.test('what runs is not started once more, and is told to stop where it is aborted', (t) => {
  const isRunning = ({ kind }: Task) => kind === 'a';
  t.match(next('', 'a:doing b:doing', { isRunning }), { starts: 'b', stops: [] });
  t.match(next('', 'a:undoing n:undoing', { isRunning }), { starts: '', statuses: 'a:undoing n:done' });
  t.match(next('', 'a:abort b:abort', { isRunning }), {
    starts: 'b',
    stops: [{ kind: 'a' }],
    statuses: 'a:abort b:undoing',
  });
  t.match(next('', 'n:undo', { isRunning: () => true }), { statuses: 'n:undo' });
  t.end();
});

t.test('who has a time waits for it, and who is blocked for what blocks it', (t) => {
  const times: Readonly<Record<string, number>> = { a: 3000, b: 1000, c: 2000 };
  const late = next('', 'a:doing b:do c:doing', { notBefore: ({ kind }) => times[kind] });
  t.match(late, { starts: 'b', wakeAt: 2000, isBlocked: false, statuses: 'a:doing b:doing c:doing' });
  const two = next('', 'a:do b:do c:do', { isBlocked: (_, starts) => starts.length >= 2 });
  t.match(two, { starts: 'ab', wakeAt: undefined, isBlocked: true, statuses: 'a:doing b:doing c:do' });
  t.end();
});

t.test('what has not moved is the same object, and what starts has no time any more', (t) => {
  const over = changeFrom(['a', 'b'], 'a->b', 'a:done b:wait');
  t.equal(nextSteps(over, calm).change, over);
  const waiting = mapTasks(changeFrom(['a'], '', 'a:doing'), (task) => ({ ...task, atTime: 'then' }));
  t.equal(nextSteps(waiting, calm).starts[0]?.atTime, undefined);
  t.equal(nextSteps(waiting, { ...calm, isRunning: () => true }).change, waiting);
  t.end();
});
