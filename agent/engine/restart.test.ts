import t from 'tap';
import { changeFrom } from './fixture-graph.ts';
import { type Boundary, type Change, mapTasks, type WaitedStatus, withTask } from './model.ts';
import { ended } from './outcome.ts';
import { isRestartDue, resumed, waitBootKey, waitsForRestart } from './restart.ts';

const world = { time: 'now', bootId: 'boot-1', hasUndo: () => true, after: () => 'then' };
const waitLine = 'now INFO Task set to wait until a system restart allows to continue';
const askLine = 'now INFO Task has requested a system restart';

const change = (setup: string, ...boundaries: readonly (Boundary | undefined)[]): Change =>
  mapTasks(changeFrom(['a', 'b'], 'a->b', setup), (task) => ({ ...task, boundary: boundaries[task.id - 1] }));
const asked = (before: Change, id: number) => ended(before, id, { kind: 'restart' }, world);
const waits = (waited: WaitedStatus) => ({
  status: 'Wait',
  waited,
  data: { [waitBootKey]: 'boot-1' },
  log: [waitLine],
});

t.test('a boundary stops its change for the reboot (K43)', (t) => {
  for (const boundary of ['do', 'both'] as const) {
    const next = asked(change('a:doing b:do', boundary), 1);
    t.match(next.tasks, [waits('Done'), { status: 'Do' }], boundary);
    t.strictSame(next.data, { 'pending-system-restart': 'boot-1' });
  }
  for (const boundary of ['undo', 'both'] as const) {
    t.match(asked(change('a:undoing b:undone', boundary), 1).tasks, [waits('Undone'), {}], boundary);
  }
  t.end();
});

t.test('in a change without boundaries each task that asks is one (K44)', (t) => {
  t.match(asked(change('a:doing b:do'), 1).tasks, [waits('Done'), {}]);
  t.match(asked(change('a:doing b:do', 'undo'), 1).tasks, [waits('Done'), {}], 'of this direction');
  t.match(asked(change('a:undo b:undoing', 'do', 'do'), 2).tasks, [{}, waits('Undone')]);
  t.end();
});

t.test('who asks before the boundary is done at once (K45)', (t) => {
  const first = asked(change('a:doing b:do', undefined, 'do'), 1);
  t.match(first.tasks, [{ status: 'Done', waited: undefined, log: [askLine] }, { status: 'Do' }]);
  t.strictSame(first.tasks[0]?.data, {});
  t.notOk(isRestartDue(first, 'boot-1'), 'what can run before the reboot runs first');
  const second = asked(withTask(first, 2, { status: 'Doing' }), 2);
  t.match(second.tasks, [{ status: 'Done' }, waits('Done')]);
  t.ok(isRestartDue(second, 'boot-1'));
  t.notOk(isRestartDue(second, 'boot-2'), 'the device has rebooted');
  t.ok(isRestartDue(asked(change('a:undoing b:undone', undefined, 'undo'), 1), 'boot-1'), 'also where it is over');
  t.notOk(isRestartDue(change('a:done b:done'), 'boot-1'));
  t.end();
});

t.test('in a new boot, what waited for the old one to end goes on (K46)', (t) => {
  const waiting = mapTasks(changeFrom(['a', 'b', 'c', 'd'], '', '*:wait d:do'), (task) => {
    const boot = [undefined, 'boot-0', 'boot-1'][task.id - 1];
    return boot === undefined ? task : { ...task, data: { [waitBootKey]: boot } };
  });
  const next = resumed(waiting, 'boot-1');
  t.strictSame(
    next.tasks.map(({ status }) => status),
    ['Wait', 'Done', 'Wait', 'Do'],
  );
  t.equal(resumed(next, 'boot-1'), next, 'and only once');
  const undone = withTask(waiting, 2, { waited: 'Undone' });
  t.equal(resumed(undone, 'boot-1').tasks[1]?.status, 'Undone');
  t.ok(waitsForRestart(waiting));
  t.notOk(waitsForRestart(changeFrom(['a'], '', 'a:wait')));
  t.end();
});
