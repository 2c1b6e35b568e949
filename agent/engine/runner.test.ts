import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { Writer } from '../system/database.ts';
import { engine } from './fixture-engine.ts';
import { beside, done, fails, held, planOf, statuses } from './fixture-plan.ts';
import { type Handlers, TaskStopped } from './handler.ts';
import type { NewTask } from './plan.ts';
import { changeError } from './status.ts';

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

t.test('where the database takes no write, what ends then has not ended, and runs again', async (t) => {
  const { begun, end, handler } = held();
  const cut = { isOn: true };
  let calls = 0;
  const { runner, changes } = await engine(t, {
    handlers: {
      slow: { do: (context) => (++calls === 1 ? handler.do(context) : done()) },
      quick: { do: done },
    },
    onWrite: ({ path }) => {
      if (cut.isOn && path === 'change: quick Done') throw new Error('no space');
    },
  });
  const { id } = await runner.start(planOf(beside('slow'), beside('quick')));
  await begun;
  await t.rejects(runner.run(id), { message: 'no space' });
  t.ok(runner.busy, 'one still runs');
  cut.isOn = false;
  end({ kind: 'done', data: { first: true } });
  while (runner.busy) await turn();
  t.equal(statuses(changes.get(id)), 'slow:doing quick:doing');
  t.equal(await runner.run(id), 'Done');
  t.equal(calls, 2);
  t.strictSame(changes.get(id)?.tasks[0]?.data, {});
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
  database.transaction('damage', (sql) => sql.run("UPDATE tasks SET waits = '[3, 1]' WHERE id = 2"));
  changes.reload();
  t.strictSame(changes.get(1)?.tasks[1]?.waits, [1], 'none waits for one that waits for it');
  t.equal(await runner.run(1), 'Done');
  t.strictSame(order, ['two', 'three']);
});
