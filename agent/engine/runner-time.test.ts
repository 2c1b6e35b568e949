import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { engine, engines } from './fixture-engine.ts';
import { beside, done, fails, held, planOf, statuses } from './fixture-plan.ts';
import { type Handlers, type TaskContext, TaskStopped } from './handler.ts';
import type { Change } from './model.ts';

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

t.test('a cleanup under way is not begun again by what else happens', async (t) => {
  const { begun, end, handler } = held();
  let calls = 0;
  const cleanup = async (context: TaskContext) => {
    calls++;
    await handler.do(context);
  };
  const { runner, changes } = await engine(t, { handlers: { a: { do: done, cleanup }, b: { do: done } } });
  const first = await runner.start(planOf('a'));
  const cleaned = runner.run(first.id);
  await begun;
  t.equal(statuses(changes.get(first.id)), 'a:done');
  const second = await runner.start(planOf('b', 'b'));
  t.equal(await runner.run(second.id), 'Done');
  end({ kind: 'done' });
  t.equal(await cleaned, 'Done');
  t.equal(calls, 1);
  t.equal(changes.get(first.id)?.clean, true);
});

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
