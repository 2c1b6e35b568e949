import t from 'tap';
import { abortChange, abortLanes, abortUnreadyLanes } from './abort.ts';
import { changeFrom, expectedOf, statusesOf } from './fixture-graph.ts';
import type { TaskStatus } from './model.ts';

const names = ['t11', 't12', 't21', 't22', 't31', 't32', 't41', 't42'];
const diamond = 't11->t12 t12->t21 t21->t22 t12->t31 t31->t32 t22->t41 t32->t41 t41->t42';
const byLane = 't11:do:1 t12:do:1 t21:do:2 t22:do:2 t31:do:3 t32:do:3 t41:do:4 t42:do:4';
const twoLanes = 't11:do:2,3 t12:do:2,3 t21:do:2 t22:do:2 t31:do:3 t32:do:3 t41:do:4 t42:do:4';

t.test('lanes are aborted as snapd aborts them (K14 to K21)', (t) => {
  const cases: readonly (readonly [vector: string, setup: string, lanes: readonly number[], result: string])[] = [
    ['nothing to abort', '*:do', [], '*:do'],
    ['a lane that is not there', '*:do', [1], '*:do'],
    ['K14', '*:do', [0], '*:hold'],
    ['K15', 't11:done t12:doing t22:do *:do', [0], 't11:undo t12:abort *:hold'],
    ['K16', byLane, [0], '*:do'],
    ['K17', byLane, [1], '*:hold'],
    ['K18', byLane, [2], 't21:hold t22:hold t41:hold t42:hold *:do'],
    [
      'a waiting task is as alive as what it waits to be',
      byLane.replace('t11:do', 't11:done').replace('t12:do', 't12:wait'),
      [2],
      't11:done t12:wait t21:hold t22:hold t41:hold t42:hold *:do',
    ],
    ['the other branch', byLane, [3], 't31:hold t32:hold t41:hold t42:hold *:do'],
    ['both branches', byLane, [2, 3], 't11:do t12:do *:hold'],
    ['the end', byLane, [4], 't41:hold t42:hold *:do'],
    ['a lane of its own that is not there', byLane, [5], '*:do'],
    ['K19', twoLanes, [2], 't21:hold t22:hold t41:hold t42:hold *:do'],
    ['K19, the other one', twoLanes, [3], 't31:hold t32:hold t41:hold t42:hold *:do'],
    ['K20', twoLanes, [2, 3], '*:hold'],
    ['K21', 't41:error:4 t42:do:4 *:do:1', [1], 't41:error *:hold'],
  ];
  for (const [vector, setup, lanes, result] of cases) {
    t.equal(statusesOf(abortLanes(changeFrom(names, diamond, setup), lanes)), expectedOf(names, result), vector);
  }
  t.end();
});

t.test('a task that goes takes its other lanes with it (K11, K12, K31)', (t) => {
  const five = ['t11', 't12', 't21', 't31', 't32'];
  const order = 't11->t21 t12->t21 t21->t31 t21->t32';
  const k11 = changeFrom(five, order, 't11:done:1 t12:done:2 t21:done:1,2 t31:done:1 t32:doing:2');
  t.equal(statusesOf(abortLanes(k11, [2])), 't11:undo t12:undo t21:undo t31:undo t32:abort');
  const k12 = changeFrom(five, order, 't11:done:1 *:done:2');
  t.equal(statusesOf(abortLanes(k12, [2])), 't11:done t12:undo t21:undo t31:undo t32:undo');

  const chains = ['t11', 't12', 't21', 't22', 't13', 't14', 't23', 't24', 't15', 't25'];
  const joined = 't11->t12 t21->t22 t12->t13 t22->t13 t13->t14 t22->t23 t14->t23 t23->t24 t14->t15 t24->t15 t24->t25';
  const both = 't13:done:1,2 t14:done:1,2 t23:done:2,1 t24:done:2,1';
  const k31 = changeFrom(chains, joined, `t11:done:1 t12:done:1 t21:done:2 t22:done:2 ${both} t15:doing:1 t25:done:2`);
  t.equal(statusesOf(abortLanes(k31, [1])), expectedOf(chains, 't15:abort *:undo'));
  t.end();
});

t.test('a whole change is aborted whatever its lanes (K22)', (t) => {
  const order: readonly TaskStatus[] = [
    ...(['Hold', 'Do', 'Doing', 'Done', 'Abort', 'Undo', 'Undoing', 'Undone', 'Error', 'Wait'] as const),
  ];
  const setup = order.map((status, at) => `${status}:${status.toLowerCase()}:${at}`).join(' ');
  t.equal(
    abortChange(changeFrom(order, '', setup))
      .tasks.map(({ kind, status }) => `${kind}->${status}`)
      .join(' '),
    'Hold->Hold Do->Hold Doing->Abort Done->Undo Abort->Abort Undo->Undo Undoing->Undoing Undone->Undone Error->Error Wait->Undo',
  );
  const undone = changeFrom(['a'], '', 'a:wait');
  const [task] = undone.tasks;
  if (task === undefined) throw new Error('no task');
  const waiting = { ...undone, tasks: [{ ...task, waited: 'Undone' as const, atTime: 'then' }] };
  t.match(
    abortChange(waiting).tasks,
    [{ status: 'Wait', waited: 'Undone' }],
    'what waits to be undone goes on to wait',
  );
  t.match(abortChange(changeFrom(['a'], '', 'a:wait')).tasks, [{ status: 'Undo', waited: undefined }]);
  t.end();
});

t.test('lanes in which anything is left are aborted, others stay (K32)', (t) => {
  const rows = 't11->t12 t12->t21 t21->t22 t31->t32 t32->t41 t41->t42';
  const apps = 't11->t12 t12->t21 t21->t22 t22->t31 t22->t41 t31->t32 t41->t42';
  const cases: readonly (readonly [order: string, setup: string, result: string])[] = [
    ['', '*:do', '*:hold'],
    ['', '*:wait', '*:undo'],
    ['', '*:done', '*:done'],
    ['', '*:error', '*:error'],
    [rows, 't11:do:1 t12:do:1 t21:do:1 t22:do:1 *:do:2', '*:hold'],
    [rows, 't11:done:1 t12:done:1 t21:done:1 t22:done:1 *:do:2', 't11:done t12:done t21:done t22:done *:hold'],
    [
      rows,
      't11:done:1 t12:done:1 t21:done:1 t22:done:1 t42:do:2 *:done:2',
      't11:done t12:done t21:done t22:done t42:hold *:undo',
    ],
    [diamond, twoLanes, '*:hold'],
    [
      diamond,
      't11:done:2,3 t12:done:2,3 t21:done:2 t22:done:2 t31:doing:3 t32:do:3 t41:do:4 t42:do:4',
      't11:done t12:done t21:done t22:done t31:abort *:hold',
    ],
    [
      diamond,
      't11:done:2,3 t12:done:2,3 t21:doing:2 t22:do:2 t31:doing:3 t32:do:3 t41:do:4 t42:do:4',
      't11:undo t12:undo t21:abort t31:abort *:hold',
    ],
    [
      apps,
      't11:done:1 t12:done:1 t21:done:2 t22:done:2 t31:doing:3 t32:do:3 t41:do:4 t42:do:4',
      't11:done t12:done t21:done t22:done t31:abort *:hold',
    ],
    [
      apps,
      't11:done:1 t12:done:1 t21:done:2 t22:do:2 t31:do:3 t32:do:3 t41:do:4 t42:do:4',
      't11:done t12:done t21:undo *:hold',
    ],
  ];
  for (const [order, setup, result] of cases) {
    t.equal(statusesOf(abortUnreadyLanes(changeFrom(names, order, setup))), expectedOf(names, result), setup);
  }
  t.end();
});
