import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Writer } from '../system/database.ts';
import { type EngineOptions, engines } from './fixture-engine.ts';
import { statusesOf } from './fixture-graph.ts';
import { type DoResult, type Handlers, type TaskHandler, TaskStopped } from './handler.ts';
import type { Change } from './model.ts';
import type { ChangePlan, NewTask } from './plan.ts';
import { changeError } from './status.ts';

const done = async (): Promise<DoResult> => ({ kind: 'done' });
const fails = async (): Promise<DoResult> => {
  throw new Error('it failed');
};

/** Tasks of these kinds, each behind the one before it. */
const planOf = (...tasks: readonly (string | NewTask)[]): ChangePlan => ({
  kind: 'install',
  summary: 'Install',
  data: { 'snap-name': 'x' },
  tasks: tasks.map((task) => (typeof task === 'string' ? { kind: task, summary: `do ${task}` } : task)),
});
const beside = (kind: string, more: Partial<NewTask> = {}): NewTask => ({ kind, summary: kind, waits: [], ...more });
const statuses = (change: Change | undefined) => statusesOf({ tasks: change?.tasks ?? [] });

async function engine(t: Test, options: EngineOptions) {
  return (await engines(t))(options);
}

/** A handler that is under way until the test ends it. */
function held() {
  const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
  const { promise, resolve: end, reject: fail } = Promise.withResolvers<DoResult>();
  const handler: TaskHandler = {
    do: async ({ signal }) => {
      begin(signal);
      return promise;
    },
  };
  return { handler, begun, end, fail };
}

t.test('what a task leaves is recorded with its end', async (t) => {
  const { changes, runner } = await engine(t, {
    handlers: {
      first: { do: async () => ({ kind: 'done', note: 'one', data: { a: 2, b: 3 }, changeData: { seen: true } }) },
      second: {
        do: async ({ setupOf, log, task, change }) => {
          log('INFO', `setup ${JSON.stringify(setupOf())}`);
          log('ERROR', `${task.kind} of ${change.kind}`);
          return { kind: 'done' };
        },
      },
    },
  });
  const of = (kind: string, data: object): NewTask => ({ kind, summary: kind, data: { ...data } });
  const plan = planOf(of('first', { snap: 'x', a: 1, c: 1 }), of('second', { snap: 'y' }), of('second', { snap: 'x' }));
  const { id } = await runner.start(plan);
  t.match(changes.get(id), { kind: 'install', summary: 'Install', readyTime: undefined });
  t.equal(await runner.run(id), 'Done');
  const change = changes.get(id);
  t.strictSame(change?.data, { 'snap-name': 'x', seen: true });
  t.strictSame(change?.tasks[0]?.data, { snap: 'x', a: 2, b: 3, c: 1 });
  t.strictSame(change?.tasks[0]?.log, ['2026-01-01T00:00:00.000Z INFO one']);
  t.match(change?.tasks[1]?.log, [/INFO setup {"snap":"y"}$/, /ERROR second of install$/]);
  t.match(change?.tasks[2]?.log, [/INFO setup {"snap":"x","a":2,"c":1,"b":3}$/], 'of the first task of its snap');
  t.equal(change?.readyTime, '2026-01-01T00:00:00.000Z');
  t.strictSame(changes.open(), []);
  t.equal(changes.list().length, 1);
});

t.test('a task commits once, and tasks inside the database share the next commit', async (t) => {
  const writes: string[] = [];
  const commit = (text: string) => () => void writes.push(text);
  const { commits, runner, changes } = await engine(t, {
    handlers: {
      out: { do: done },
      in: { do: done, inside: true },
      put: { do: async () => ({ kind: 'done', commit: commit('put') }), inside: true },
    },
  });
  const run = async (...kinds: string[]) => {
    const before = commits.length;
    const { id } = await runner.start(planOf(...kinds));
    t.equal(await runner.run(id), 'Done');
    t.equal(changes.get(id)?.clean, true);
    return commits.slice(before).map((name) => name.replace('change: ', ''));
  };
  t.strictSame(await run('out', 'out', 'out'), ['create', 'out Done', 'out Done', 'out Done']);
  t.strictSame(await run('in', 'in', 'in'), ['create', 'in Done'], 'the end of the change is one commit');
  t.strictSame(await run('in', 'in', 'out', 'in', 'in', 'out'), [
    ...['create', 'in Done', 'out Done', 'in Done', 'out Done'],
  ]);
  t.strictSame(await run('in', 'put', 'in'), ['create', 'put Done', 'in Done']);
  t.strictSame(await run(), ['create'], 'nothing to do is Done at once');
});

t.test('a task’s own writes and its end are one commit, or none', async (t) => {
  const put = (value: number) => (sql: Writer) => {
    sql.run('INSERT INTO notes (value) VALUES (?)', value);
    if (value > 1) throw new RangeError(`${value} is too many`);
  };
  const cut = { isOn: false };
  const { database, runner, changes } = await engine(t, {
    handlers: {
      one: { do: async () => ({ kind: 'done', commit: put(1) }), undo: async () => ({ kind: 'done', commit: put(0) }) },
      two: { do: async () => ({ kind: 'done', commit: put(2), data: { lost: true } }) },
      dup: { do: async () => ({ kind: 'done', commit: (sql) => void sql.run('INSERT INTO nothing VALUES (1)') }) },
    },
    onWrite: ({ path }, moment) => {
      if (cut.isOn && path === 'change: one Done' && moment === 'before') throw new Error('the power is cut');
    },
  });
  database.transaction('t', (sql) => sql.run('CREATE TABLE notes (value INTEGER)'));
  const notes = () => database.all<{ value: number }>('SELECT value FROM notes').map(({ value }) => value);
  const bad = await runner.start(planOf('one', 'two'));
  t.equal(await runner.run(bad.id), 'Error');
  t.equal(statuses(changes.get(bad.id)), 'one:undone two:error');
  t.strictSame(changes.get(bad.id)?.tasks[1]?.data, {});
  t.match(changeError(changes.get(bad.id)?.tasks ?? []), /do two \(2 is too many\)/);
  t.strictSame(notes(), [1, 0]);
  const wrong = await runner.start(planOf('dup'));
  t.equal(await runner.run(wrong.id), 'Error', 'a wrong statement is the task’s fault');

  cut.isOn = true;
  const cutOff = await runner.start(planOf('one'));
  await t.rejects(runner.run(cutOff.id), { message: 'the power is cut' });
  t.notOk(runner.busy);
  t.strictSame(notes(), [1, 0]);
  t.equal(statuses(changes.get(cutOff.id)), 'one:doing');
  cut.isOn = false;
  t.equal(await runner.run(cutOff.id), 'Done', 'taken up again, it goes on');
  t.strictSame(notes(), [1, 0, 1]);
});

t.test('a change that cannot be recorded is none', async (t) => {
  const cut = { isOn: false };
  const { runner, changes } = await engine(t, {
    handlers: { a: { do: done } },
    onWrite: () => {
      if (cut.isOn) throw new Error('the power is cut');
    },
  });
  cut.isOn = true;
  await t.rejects(runner.start(planOf('a')), { message: 'the power is cut' });
  t.strictSame(changes.open(), []);
  t.notOk(runner.busy);
  cut.isOn = false;
  await t.rejects(runner.start(planOf('a', { kind: 'b', summary: 'b', waits: [1] })), {
    code: 'bad-plan',
    message: 'cannot plan "b" at place 1: it waits for place 1, which is not before it',
  });
  const { id } = await runner.start(planOf('a'));
  t.equal(id, 1);
  t.equal(await runner.run(id), 'Done');
});

t.test('what is announced is durable before the task goes on', async (t) => {
  const { begun, end, handler } = held();
  const { runner, changes, database } = await engine(t, {
    handlers: {
      a: {
        do: async (context) => {
          await context.announce({ file: 'x' });
          t.strictSame(context.task.data, { file: 'x' });
          return handler.do(context);
        },
      },
    },
  });
  const { id } = await runner.start(planOf('a'));
  await begun;
  t.strictSame(database.get('SELECT data, status FROM tasks'), { data: '{"file":"x"}', status: 'Doing' });
  end({ kind: 'done', data: { size: 1 } });
  await runner.run(id);
  t.strictSame(changes.get(id)?.tasks[0]?.data, { file: 'x', size: 1 });
});

t.test('branches run side by side, only so many, and not what is blocked', async (t) => {
  const running = new Set<number>();
  let most = 0;
  const handlers: Handlers = {
    a: {
      do: async ({ task }) => {
        running.add(task.id);
        most = Math.max(most, running.size);
        await turn();
        running.delete(task.id);
        return { kind: 'done' };
      },
    },
  };
  const six = planOf(...Array.from({ length: 6 }, () => beside('a')));
  for (const [maxRunning, expected] of [
    [3, 3],
    [undefined, 4],
  ] as const) {
    most = 0;
    const { runner } = await engine(t, { handlers, ...(maxRunning === undefined ? {} : { maxRunning }) });
    const ids = await Promise.all([runner.start(six), runner.start(six)]);
    t.strictSame(await Promise.all(ids.map(({ id }) => runner.run(id))), ['Done', 'Done']);
    t.equal(most, expected);
  }
  most = 0;
  const { runner } = await engine(t, {
    handlers,
    isBlocked: (task, others) => others.some(({ kind }) => kind === task.kind),
  });
  t.equal(await runner.run((await runner.start(six)).id), 'Done');
  t.equal(most, 1);
});

t.test('K25: what fails because the daemon stops runs again', async (t) => {
  const start = await engines(t);
  let calls = 0;
  const handlers: Handlers = {
    a: {
      do: ({ signal }) => {
        if (++calls > 1) return done();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('connection lost'))));
      },
    },
  };
  const first = await start({ handlers });
  const { id } = await first.runner.start(planOf('a', 'a'));
  const end = first.runner.run(id);
  await first.runner.stop();
  t.equal(await end, 'Doing');
  t.notOk(first.runner.busy);
  t.equal(statuses(first.changes.get(id)), 'a:doing a:do');
  const second = await start({ handlers });
  t.equal(await second.runner.run(id), 'Done');
  t.equal(calls, 3);
});

t.test('what ends while the daemon stops has ended, and nothing is begun', async (t) => {
  const { begun, end, handler } = held();
  const { runner, changes } = await engine(t, { handlers: { a: handler, b: { do: fails } } });
  const { id } = await runner.start(planOf('a', 'b'));
  const signal = await begun;
  const stopped = runner.stop();
  await turn();
  t.match(signal.reason, new TaskStopped('stopping'));
  end({ kind: 'done' });
  await stopped;
  t.equal(statuses(changes.get(id)), 'a:done b:do');
});

t.test('K26, K27: who asks for it is run again at its time, also after a restart', async (t) => {
  const start = await engines(t);
  let asks = 0;
  const handlers: Handlers = {
    a: { do: async () => (++asks < 3 ? { kind: 'retry', afterMs: 60_000 } : { kind: 'done' }), inside: true },
  };
  const { runner, changes, clock } = await start({ handlers });
  const { id } = await runner.start(planOf('a'));
  await clock.advance(0);
  t.match(changes.current(id)?.tasks, [{ status: 'Doing', atTime: '2026-01-01T00:01:00.000Z' }]);
  await clock.advance(59_999);
  t.equal(asks, 1);
  t.ok(runner.busy);
  await clock.advance(1);
  await clock.advance(0);
  t.equal(asks, 2, 'at its time');
  await clock.advance(20_000);
  await runner.stop();
  t.match(changes.get(id)?.tasks, [{ status: 'Doing', atTime: '2026-01-01T00:02:00.000Z' }], 'kept over a shutdown');
  const second = await start({ handlers });
  const end = second.runner.run(id);
  await clock.advance(39_999);
  t.equal(asks, 2);
  await clock.advance(1);
  t.equal(await end, 'Done');
  t.equal(second.changes.get(id)?.tasks[0]?.atTime, undefined);
});

t.test('after a restart with a clock that was set back, no task waits for long', async (t) => {
  const start = await engines(t);
  let asks = 0;
  const handlers: Handlers = {
    a: { do: async () => (++asks < 2 ? { kind: 'retry', afterMs: 60_000 } : { kind: 'done' }) },
  };
  const first = await start({ handlers });
  const { id } = await first.runner.start(planOf('a'));
  await first.clock.advance(0);
  await first.runner.stop();
  first.clock.setWall(0);
  const second = await start({ handlers });
  const end = second.runner.run(id);
  await second.clock.advance(3_600_000);
  t.equal(await end, 'Done');
});

t.test('an abort does not wait for the time of a retry', async (t) => {
  const { runner, changes, clock } = await engine(t, {
    handlers: { a: { do: async () => ({ kind: 'retry', afterMs: 60_000 }), undo: done } },
  });
  const { id } = await runner.start(planOf('a'));
  await clock.advance(0);
  await runner.abort(id);
  t.equal(await runner.run(id), 'Undone');
  t.equal(statuses(changes.get(id)), 'a:undone');
});

t.test('K28: a change waits until a word from outside', async (t) => {
  const told: string[] = [];
  const { runner, changes, commits } = await engine(t, {
    handlers: {
      a: { do: done },
      w: {
        do: async () => ({
          kind: 'wait',
          note: 'armed',
          afterwards: () => told.push(`${commits.at(-1)}: ${changes.get(1)?.tasks[1]?.status}`),
        }),
      },
    },
  });
  const { id } = await runner.start(planOf('a', 'w', 'a'));
  t.equal(await runner.run(id), 'Wait');
  t.strictSame(told, ['change: w Wait: Wait']);
  t.match(changes.get(id)?.tasks, [{}, { status: 'Wait', waited: 'Done', log: [/armed/] }, { status: 'Do' }]);
  t.equal(await runner.run(id), 'Wait', 'and waits on');
  t.equal(changes.open().length, 1);
  const end = (change: Change): Change => ({
    ...change,
    tasks: change.tasks.map((task) => (task.status === 'Wait' ? { ...task, status: 'Done' } : task)),
  });
  await runner.revise(id, 'go on', end);
  t.equal(await runner.run(id), 'Done');
  await t.rejects(runner.revise(id, 'go on', end), {
    code: 'is-over',
    message: `cannot go on change ${id}: nothing is pending in it`,
  });
});

t.test('a person gives a change up', async (t) => {
  const { begun, end, handler } = held();
  const undone: string[] = [];
  const { runner } = await engine(t, {
    handlers: {
      a: { do: done, undo: async ({ task }) => void undone.push(task.kind) },
      b: { ...handler, undo: async ({ task }) => void undone.push(task.kind) },
    },
  });
  const { id } = await runner.start(planOf('a', 'b', 'a'));
  const signal = await begun;
  const change = await runner.abort(id);
  t.equal(statuses(change), 'a:undo b:abort a:hold');
  t.match(signal.reason, new TaskStopped('aborted'));
  end({ kind: 'wait' });
  t.equal(await runner.run(id), 'Undone');
  t.strictSame(undone, ['b', 'a']);
  await t.rejects(runner.abort(id), { code: 'is-over' });
  await t.rejects(runner.abort(99), { code: 'no-change', message: 'cannot find change with id "99"' });
  await t.rejects(runner.run(99), { code: 'no-change' });
  await t.rejects(
    runner.revise(99, 'x', (other) => other),
    { code: 'no-change' },
  );
});

t.test('K29: what comes to its end in a lane that failed is undone, its writes with it', async (t) => {
  const { begun, end, handler } = held();
  const values: number[] = [];
  const { runner, changes } = await engine(t, {
    handlers: {
      slow: { ...handler, undo: async () => void values.push(-1) },
      bad: { do: fails },
      a: { do: done, undo: done },
    },
  });
  const { id } = await runner.start(planOf(beside('slow'), 'a', beside('a'), 'bad'));
  await begun;
  while (changes.get(id)?.tasks[3]?.status !== 'Error') await turn();
  end({ kind: 'done', commit: () => values.push(1) });
  t.equal(await runner.run(id), 'Error');
  t.equal(statuses(changes.get(id)), 'slow:undone a:hold a:undone bad:error');
  t.strictSame(values, [1, -1]);
});

t.test('K30: cleanup runs when all is over, and again where it fails', async (t) => {
  const start = await engines(t);
  const calls: string[] = [];
  const open: unknown[] = [];
  let isFailing = true;
  const handlers: Handlers = {
    good: {
      do: done,
      cleanup: async ({ change }) => {
        calls.push('good');
        open.push(change.readyTime);
      },
    },
    bad: {
      do: fails,
      cleanup: async () => {
        calls.push('bad');
        if (isFailing) throw new Error('busy');
      },
    },
  };
  const { runner, changes, clock, said } = await start({ handlers });
  const { id } = await runner.start(planOf('good', 'bad', 'good'));
  t.equal(await runner.run(id), 'Error');
  t.strictSame(calls, ['good', 'bad', 'good']);
  t.ok(open.every((time) => time !== undefined));
  t.match(changes.get(id), { clean: false, tasks: [{ clean: true }, { clean: false }, { clean: true }] });
  t.strictSame(said.at(-1), 'cannot clean up after "do bad": busy');
  t.strictSame(changes.open(), []);
  await clock.advance(299_999);
  t.equal(calls.length, 3);
  await clock.advance(1);
  while (runner.busy) await turn();
  t.strictSame(calls.slice(3), ['bad'], 'only what is left');

  isFailing = false;
  const second = await start({ handlers });
  t.strictSame(second.changes.unclean(), [id]);
  t.equal(await second.runner.run(id), 'Error');
  t.strictSame(calls.slice(4), ['bad']);
  t.equal(second.changes.get(id)?.clean, true);
  t.strictSame(second.changes.unclean(), []);
  await second.runner.run(id);
  t.equal(calls.length, 5, 'not once more');
});

t.test(
  'a reboot is asked for when all is done that can be before it, and again after a restart of the daemon',
  async (t) => {
    const start = await engines(t);
    const asked: string[] = [];
    const { begun, end, handler } = held();
    const handlers: Handlers = { ask: { do: async () => ({ kind: 'restart' }) }, slow: handler, a: { do: done } };
    const restart = ({ id }: Change) => void asked.push(`${id}`);
    const { runner, changes } = await start({ handlers, restart });
    const { id } = await runner.start(
      planOf(
        beside('ask'),
        { ...beside('ask'), waits: [0], boundary: 'do' },
        { kind: 'a', summary: 'a' },
        beside('slow'),
      ),
    );
    await begun;
    while (changes.get(id)?.tasks[1]?.status !== 'Wait') await turn();
    t.equal(statuses(changes.get(id)), 'ask:done ask:wait a:do slow:doing');
    t.strictSame(asked, []);
    end({ kind: 'done' });
    t.equal(await runner.run(id), 'Wait');
    t.strictSame(asked, ['1']);
    await runner.run(id);
    t.strictSame(asked, ['1'], 'once');

    const same = await start({ handlers, restart });
    await same.runner.resume();
    t.strictSame(asked, ['1', '1']);
    t.equal(statuses(same.changes.get(id)), 'ask:done ask:wait a:do slow:done');
    const next = await start({ handlers, restart, bootId: 'boot-2' });
    await next.runner.resume();
    t.equal(statuses(next.changes.get(id)), 'ask:done ask:done a:do slow:done');
    t.equal(await next.runner.run(id), 'Done');
    const last = await start({ handlers, restart, bootId: 'boot-2' });
    await last.runner.resume();
    t.strictSame(asked, ['1', '1'], 'nobody has to reboot any more');
  },
);

t.test('old changes are forgotten, stuck ones given up, and no number is given twice', async (t) => {
  const start = await engines(t);
  const handlers: Handlers = { a: { do: done, undo: done }, w: { do: async () => ({ kind: 'wait' }), undo: done } };
  const isProtected = ({ summary }: Change) => summary === 'kept';
  const { runner, changes, clock } = await start({ handlers, isProtected });
  const run = async (summary: string, ...kinds: string[]) => {
    const { id } = await runner.start({ ...planOf(...kinds), summary });
    await runner.run(id);
    return id;
  };
  const stuck = await run('stuck', 'a', 'w', 'a');
  await run('kept', 'w');
  await run('over', 'a');
  await clock.advance(24 * 3_600_000 + 1);
  const last = await run('new', 'a');
  await runner.prune();
  t.strictSame(
    changes.list().map(({ summary }) => summary),
    ['stuck', 'kept', 'new'],
  );
  await clock.advance(48 * 3_600_000);
  await runner.prune();
  t.equal(await runner.run(stuck), 'Undone');
  t.strictSame(
    changes.list().map(({ summary }) => summary),
    ['stuck', 'kept'],
  );
  const second = await start({ handlers });
  const { id, tasks } = await second.runner.start(planOf('a'));
  t.equal(id, last + 1);
  t.equal(tasks[0]?.id, 7);
});

t.test('a task that nobody knows how to do is an error, and undone are those before it', async (t) => {
  const { runner, changes } = await engine(t, { handlers: { a: { do: done, undo: done } } });
  const { id } = await runner.start(planOf('a', 'nonsense'));
  t.equal(await runner.run(id), 'Error');
  t.equal(statuses(changes.get(id)), 'a:undone nonsense:error');
  t.match(changeError(changes.get(id)?.tasks ?? []), /this version does not know it/);
});

t.test('progress is seen while a task runs, and not after', async (t) => {
  const { begun, end, handler } = held();
  const { runner, changes } = await engine(t, {
    handlers: {
      a: {
        do: (context) => {
          context.progress('bytes', 5, 10);
          return handler.do(context);
        },
      },
    },
  });
  const { id } = await runner.start(planOf('a', 'a'));
  await begun;
  const seen = () => changes.get(id)?.tasks.map(({ progress }) => progress);
  t.strictSame(seen(), [
    { label: 'bytes', done: 5, total: 10 },
    { label: '', done: 0, total: 1 },
  ]);
  t.match(changes.list()[0]?.tasks, [{ progress: { label: 'bytes' } }, {}]);
  end({ kind: 'done' });
  await runner.run(id);
  t.strictSame(seen(), [
    { label: '', done: 1, total: 1 },
    { label: '', done: 1, total: 1 },
  ]);
});

t.test('ten lines of log are kept', async (t) => {
  const { runner, changes } = await engine(t, {
    handlers: {
      a: {
        do: async ({ log }) => {
          for (let line = 0; line < 12; line++) log('INFO', `line ${line}`);
          return { kind: 'done' };
        },
      },
    },
  });
  const { id } = await runner.start(planOf('a'));
  await runner.run(id);
  const log = changes.get(id)?.tasks[0]?.log ?? [];
  t.equal(log.length, 10);
  t.match(log.at(-1), /INFO line 11$/);
});

t.test('what an older agent has left is run, one task after the other', async (t) => {
  const order: string[] = [];
  const { runner, changes, database } = await engine(t, {
    handlers: {
      a: {
        do: async ({ task }) => {
          order.push(task.summary);
          return { kind: 'done' };
        },
      },
    },
  });
  database.transaction('old', (sql) => {
    sql.run("INSERT INTO changes (kind, summary, data, spawn_time) VALUES ('k', 's', '{}', '2025')");
    for (const [summary, status] of [
      ['one', 'Done'],
      ['two', 'Doing'],
      ['three', 'Do'],
    ] as const) {
      sql.run(
        "INSERT INTO tasks (change, kind, summary, status, spawn_time) VALUES (1, 'a', ?, ?, '2025')",
        summary,
        status,
      );
    }
  });
  t.match(changes.get(1)?.tasks, [{ waits: [], lanes: [0] }, { waits: [1] }, { waits: [2], data: {} }]);
  t.equal(await runner.run(1), 'Done');
  t.strictSame(order, ['two', 'three']);
});
