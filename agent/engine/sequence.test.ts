import t, { type Test } from 'tap';
import { engines } from './fixture-engine.ts';
import { statusesOf } from './fixture-graph.ts';
import type { DoResult, Handlers, TaskContext } from './handler.ts';
import type { TaskStatus } from './model.ts';
import type { NewTask } from './plan.ts';

/** t11 and t12 first, both before t21, t21 before t31 and t32; t12 has no undo. */
const names = ['t11', 't12', 't21', 't31', 't32'];
const waits = [[], [], [0, 1], [2], [2]];

type Step = (context: TaskContext) => Promise<DoResult>;

interface Case {
  readonly lanes?: readonly (readonly number[])[];
  /** What steps do instead of coming to a good end; named `t11:do`. */
  readonly steps?: Readonly<Record<string, Step>>;
  /** Statuses at the start, by the database. */
  readonly found?: Readonly<Record<string, TaskStatus>>;
  readonly isAborted?: boolean;
}

const fails: Step = async () => {
  throw new Error('it failed');
};

/** Runs the graph; what happened in which order, and the statuses at the end. */
async function run(t: Test, { lanes = [], steps = {}, found = {}, isAborted = false }: Case) {
  const events: string[] = [];
  const step = (name: string): Step => {
    return async (context) => {
      events.push(name);
      return steps[name]?.(context) ?? { kind: 'done' };
    };
  };
  const handlers: Handlers = Object.fromEntries(
    names.map((name) => {
      const undo = name === 't12' ? {} : { undo: step(`${name}:undo`) };
      return [name, { do: step(`${name}:do`), ...undo }];
    }),
  );
  const start = await engines(t);
  const tasks = names.map(
    (kind, at): NewTask => ({ kind, summary: kind, waits: waits[at] ?? [], lanes: lanes[at] ?? [] }),
  );
  const { changes, runner, database } = await start({ handlers });
  const { id } = await changes.turn(async () => {
    const draft = changes.draft({ kind: 'install', summary: '...', data: {}, tasks });
    await changes.commit('draft');
    return draft;
  });
  for (const [name, status] of Object.entries(found)) {
    database.transaction('found', (sql) => sql.run('UPDATE tasks SET status = ? WHERE kind = ?', status, name));
  }
  const again = await start({ handlers });
  if (isAborted) await again.runner.abort(id);
  await again.runner.run(id);
  t.notOk(runner.busy);
  const change = again.changes.get(id);
  return { events: events.join(' '), statuses: statusesOf({ tasks: change?.tasks ?? [] }) };
}

const allDone = 't11:done t12:done t21:done t31:done t32:done';

t.test('K1: all is done in the order of the graph', async (t) => {
  t.strictSame(await run(t, {}), { events: 't11:do t12:do t21:do t31:do t32:do', statuses: allDone });
});

t.test('K2: what the power cut runs again from its beginning', async (t) => {
  t.strictSame(await run(t, { found: { t11: 'Done', t12: 'Doing' } }), {
    events: 't12:do t21:do t31:do t32:do',
    statuses: allDone,
  });
});

t.test('K3: after an abort only what is done is undone', async (t) => {
  t.strictSame(await run(t, { found: { t11: 'Done', t12: 'Doing' }, isAborted: true }), {
    events: 't11:undo',
    statuses: 't11:undone t12:hold t21:hold t31:hold t32:hold',
  });
});

t.test('what was being undone is undone again', async (t) => {
  const found = { t11: 'Undo', t12: 'Done', t21: 'Undoing', t31: 'Error', t32: 'Hold' } as const;
  t.strictSame(await run(t, { found }), {
    events: 't21:undo t11:undo',
    statuses: 't11:undone t12:done t21:undone t31:error t32:hold',
  });
});

t.test('K4: who asks for it is run again', async (t) => {
  let asks = 1;
  const retries: Step = async () => (asks-- > 0 ? { kind: 'retry' } : { kind: 'done' });
  t.strictSame(await run(t, { steps: { 't12:do': retries } }), {
    events: 't11:do t12:do t12:do t21:do t31:do t32:do',
    statuses: allDone,
  });
});

/** Comes to its end once it is told to stop. */
const stopped = (end: () => DoResult): Step => {
  return ({ signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      });
    });
};

t.test('K5: what runs beside one that fails is told to stop, and undone where it finished', async (t) => {
  const steps = { 't12:do': fails, 't11:do': stopped(() => ({ kind: 'done' })) };
  t.strictSame(await run(t, { steps }), {
    events: 't11:do t12:do t11:undo',
    statuses: 't11:undone t12:error t21:hold t31:hold t32:hold',
  });
});

t.test('K6: and stays Done where it cannot be undone', async (t) => {
  const steps = { 't11:do': fails, 't12:do': stopped(() => ({ kind: 'done' })) };
  t.strictSame(await run(t, { steps }), {
    events: 't11:do t12:do',
    statuses: 't11:error t12:done t21:hold t31:hold t32:hold',
  });
});

t.test('K7: what asks to be run again when it is told to stop is undone', async (t) => {
  const steps = { 't12:do': fails, 't11:do': stopped(() => ({ kind: 'retry', afterMs: 60_000 })) };
  t.strictSame(await run(t, { steps }), {
    events: 't11:do t12:do t11:undo',
    statuses: 't11:undone t12:error t21:hold t31:hold t32:hold',
  });
  const held = { 't11:do': fails, 't12:do': stopped(() => ({ kind: 'retry' })) };
  t.match(await run(t, { steps: held }), { statuses: 't11:error t12:hold t21:hold t31:hold t32:hold' });
});

t.test('one that throws what it was told to stop with was stopped, and has not failed', async (t) => {
  const throwing: Step = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const named: Step = stopped(() => {
    throw Object.assign(new Error('x'), { name: 'AbortError' });
  });
  for (const stop of [throwing, named]) {
    t.match(await run(t, { steps: { 't12:do': fails, 't11:do': stop } }), { statuses: /^t11:undone t12:error/ });
  }
  const wrong = stopped(() => {
    throw new Error('something else');
  });
  t.match(await run(t, { steps: { 't12:do': fails, 't11:do': wrong } }), { statuses: /^t11:error t12:error/ });
});

t.test('K8: an undo that fails stops no other', async (t) => {
  t.strictSame(await run(t, { steps: { 't31:do': fails, 't21:undo': fails } }), {
    events: 't11:do t12:do t21:do t31:do t32:do t32:undo t21:undo t11:undo',
    statuses: 't11:undone t12:done t21:error t31:error t32:undone',
  });
});

t.test('the first to fail is not undone, all others are', async (t) => {
  t.strictSame(await run(t, { steps: { 't31:do': fails } }), {
    events: 't11:do t12:do t21:do t31:do t32:do t32:undo t21:undo t11:undo',
    statuses: 't11:undone t12:done t21:undone t31:error t32:undone',
  });
});

t.test('K11: lanes that meet in a task go together', async (t) => {
  const lanes = [[1], [2], [1, 2], [1], [2]];
  t.strictSame(await run(t, { lanes, steps: { 't32:do': fails } }), {
    events: 't11:do t12:do t21:do t31:do t32:do t31:undo t21:undo t11:undo',
    statuses: 't11:undone t12:done t21:undone t31:undone t32:error',
  });
});

t.test('K12: what is in a lane of its own is kept', async (t) => {
  const lanes = [[1], [2], [2], [2], [2]];
  t.strictSame(await run(t, { lanes, steps: { 't32:do': fails } }), {
    events: 't11:do t12:do t21:do t31:do t32:do t31:undo t21:undo',
    statuses: 't11:done t12:done t21:undone t31:undone t32:error',
  });
});

t.test('K13: undoing goes backwards over what has no undo', async (t) => {
  const events: string[] = [];
  const step =
    (what: string) =>
    async ({ task }: TaskContext) => {
      events.push(`${what} ${task.id}`);
      return { kind: 'done' } as const;
    };
  const start = await engines(t);
  const { runner } = await start({
    handlers: {
      both: { do: step('do'), undo: step('undo') },
      only: { do: step('do') },
      fail: { do: fails },
    },
  });
  const kinds = ['both', 'both', 'both', 'only', 'both', 'both', 'both', 'only', 'fail'];
  const tasks = kinds.map((kind) => ({ kind, summary: kind }));
  const { id } = await runner.start({ kind: 'install', summary: '...', data: {}, tasks });
  t.equal(await runner.run(id), 'Error');
  t.equal(events.filter((event) => /undo/.test(event)).join(), 'undo 7,undo 6,undo 5,undo 3,undo 2,undo 1');
});
