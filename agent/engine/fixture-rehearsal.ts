/**
 * For tests of handlers: a plan is run on a medium again and again, with every handler twice, with the power cut at every
 * durable write, and with a failure right after every task; the ends have to be alike. What is not is told as text, so that a
 * test expects an empty list.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../system/clock.ts';
import type { Database } from '../system/database.ts';
import type { WriteWitness } from '../system/durable.ts';
import { forEachCut, type PowerSupply } from '../system/power.ts';
import { Changes } from './changes.ts';
import type { Handlers, TaskHandler } from './handler.ts';
import type { Change } from './model.ts';
import type { ChangePlan, NewTask } from './plan.ts';
import { Runner } from './runner.ts';
import { changeError, statusOf } from './status.ts';

/** A daemon at work on the medium. */
export interface Stage {
  /** With the engine's tables. */
  readonly database: Database;
  readonly handlers: Handlers;
  /** What is asked for. Not called where the change is recorded already. */
  plan(): Promise<ChangePlan>;
  /** After a reboot, before the change goes on: gives it what it waits for. */
  rebooted?(runner: Runner, change: Change): Promise<void>;
  /** The daemon is gone; resolves when nothing of it is at work. */
  stop(): Promise<void>;
}

export interface Rehearsal {
  /** Makes the medium what it is at first. */
  fresh(): Promise<void>;
  /** Starts the daemon on what is on the medium, with what its start-up does there. */
  start(onWrite: WriteWitness): Promise<Stage>;
  /** Whatever the change waits for outside; without it a change that waits has come to its end. */
  reboot?(): Promise<void>;
  /** What is on the medium: files, links, units, tables, all but changes and tasks; as plain data. */
  look(): Promise<unknown>;
}

export interface End {
  readonly status: string;
  readonly error: string | undefined;
  /** The kinds of the tasks with their statuses. */
  readonly tasks: string;
  readonly look: unknown;
  /** The names of the commits, the engine's and others'. */
  readonly commits: readonly string[];
}

interface Performance {
  readonly power?: PowerSupply;
  /** Other handlers for the same kinds. */
  readonly wrap?: (handlers: Handlers) => Handlers;
  /** Another plan for what is asked for. */
  readonly edit?: (plan: ChangePlan) => ChangePlan;
}

const failKind = 'rehearsed-failure';
/** More reboots than any change has. */
const maxReboots = 10;

/** Time passes as soon as somebody waits for it. */
function instantClock(): Clock {
  let ms = 1_000;
  return {
    monotonicMs: () => ms,
    wallMs: () => Date.UTC(2026, 0, 1) + ms,
    async sleep(duration, signal) {
      await turn();
      signal?.throwIfAborted();
      ms += duration;
    },
  };
}

/** Runs the plan on a fresh medium. */
export async function rehearse(rehearsal: Rehearsal, performance: Performance = {}): Promise<End> {
  await rehearsal.fresh();
  return perform(rehearsal, performance);
}

/** Every do, undo and cleanup runs twice, forwards and, after a failure at the end, backwards. */
export async function runTwice(rehearsal: Rehearsal): Promise<string[]> {
  const wrap = doubled;
  const forwards = differences('forwards', await rehearse(rehearsal, { wrap }), await rehearse(rehearsal));
  const edit = failingAfter();
  const backwards = differences(
    'backwards',
    await rehearse(rehearsal, { wrap, edit }),
    await rehearse(rehearsal, { edit }),
  );
  return [...forwards, ...backwards];
}

/**
 * The power is cut before, inside and after every durable write, and the daemon starts again on what is left; where the change
 * had not been recorded, it is asked for again. `backwards`: with a failure behind the last task.
 */
export async function killEach(rehearsal: Rehearsal, direction: 'forwards' | 'backwards'): Promise<string[]> {
  const performance = direction === 'forwards' ? {} : { edit: failingAfter() };
  const whole = await rehearse(rehearsal, performance);
  const found: string[] = [];
  const writes = await forEachCut(
    async (power) => {
      await rehearse(rehearsal, { ...performance, power });
    },
    async ({ moment }, power) => {
      const end = await perform(rehearsal, performance);
      found.push(...differences(`cut ${moment} ${power.writes.at(-1)}`, end, whole));
    },
  );
  if (writes.length === 0) throw new Error('cannot cut a run that writes nothing');
  return found;
}

/** A failure right after each task leaves what there was before the change. */
export async function failEach(rehearsal: Rehearsal): Promise<string[]> {
  await rehearsal.fresh();
  const stage = await rehearsal.start(() => {});
  const { tasks } = await stage.plan();
  await stage.stop();
  const found: string[] = [];
  for (const [place, { kind }] of tasks.entries()) {
    await rehearsal.fresh();
    const before = await rehearsal.look();
    const what = `failure after ${place} ${kind}`;
    const end = await perform(rehearsal, { edit: failingAfter(place) });
    if (end.status !== 'Error') found.push(`${what}: the change is ${end.status}`);
    if (!end.error?.includes(failKind)) found.push(`${what}: ${end.error}`);
    if (!isDeepStrictEqual(end.look, before)) found.push(`${what}: ${compared(end.look, before)}`);
  }
  return found;
}

async function perform(rehearsal: Rehearsal, performance: Performance): Promise<End> {
  const commits: string[] = [];
  const onWrite: WriteWitness = (write, moment) => {
    if (write.op === 'commit' && moment === 'before') commits.push(write.path);
    performance.power?.onWrite(write, moment);
  };
  for (let boot = 1; boot <= maxReboots; boot++) {
    const change = await oneBoot(rehearsal, { boot, onWrite }, performance);
    if (statusOf(change) === 'Wait' && rehearsal.reboot !== undefined) {
      await rehearsal.reboot();
      continue;
    }
    return {
      status: statusOf(change),
      error: changeError(change.tasks),
      tasks: change.tasks.map(({ kind, status }) => `${kind}:${status}`).join(' '),
      look: await rehearsal.look(),
      commits,
    };
  }
  throw new Error(`cannot end a change that waits for more than ${maxReboots} reboots`);
}

interface Boot {
  readonly boot: number;
  readonly onWrite: WriteWitness;
}

async function oneBoot(rehearsal: Rehearsal, { boot, onWrite }: Boot, performance: Performance): Promise<Change> {
  const { wrap, edit = (plan: ChangePlan) => plan } = performance;
  const stage = await rehearsal.start(onWrite);
  const clock = instantClock();
  const changes = new Changes(stage.database, () => new Date(clock.wallMs()));
  const handlers = { ...stage.handlers, ...wrap?.(stage.handlers), [failKind]: failing };
  const runner = new Runner(changes, { handlers, clock, bootId: `boot-${boot}` });
  try {
    await runner.resume();
    const known = changes.list().at(-1);
    if (known !== undefined && known.readyTime === undefined && boot > 1) await stage.rebooted?.(runner, known);
    const { id } = known ?? (await runner.start(edit(await stage.plan())));
    await runner.run(id);
    const change = changes.get(id);
    if (change === undefined) throw new Error(`cannot find change ${id}`);
    return change;
  } finally {
    await runner.stop();
    await stage.stop();
  }
}

const failing: TaskHandler = {
  do: async () => {
    throw new Error(failKind);
  },
};

/** The plan up to this place, or whole, and then a failure of all its lanes. */
function failingAfter(place?: number): (plan: ChangePlan) => ChangePlan {
  return (plan) => {
    const tasks = place === undefined ? plan.tasks : plan.tasks.slice(0, place + 1);
    const lanes = [...new Set(tasks.flatMap((task) => task.lanes ?? [0]))];
    const failure: NewTask = { kind: failKind, summary: failKind, waits: [...tasks.keys()], lanes };
    return { ...plan, tasks: [...tasks, failure] };
  };
}

function doubled(handlers: Handlers): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([kind, handler]): [string, TaskHandler] => {
      const { undo, cleanup } = handler;
      const again: TaskHandler = {
        ...handler,
        async do(context) {
          await handler.do(context);
          return handler.do(context);
        },
      };
      if (undo !== undefined) {
        again.undo = async (context) => {
          await undo(context);
          return (await undo(context)) ?? { kind: 'done' };
        };
      }
      if (cleanup !== undefined) {
        again.cleanup = async (context) => {
          await cleanup(context);
          await cleanup(context);
        };
      }
      return [kind, again];
    }),
  );
}

function differences(what: string, end: End, expected: End): string[] {
  const found: string[] = [];
  if (end.tasks !== expected.tasks) found.push(`${what}: ${compared(end.tasks, expected.tasks)}`);
  if (end.error !== expected.error) found.push(`${what}: ${compared(end.error, expected.error)}`);
  if (!isDeepStrictEqual(end.look, expected.look)) found.push(`${what}: ${compared(end.look, expected.look)}`);
  return found;
}

function compared(found: unknown, expected: unknown): string {
  return `found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`;
}
