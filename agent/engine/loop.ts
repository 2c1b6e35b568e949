/**
 * The loop of the runner: in turns, one after the other, events move changes, what follows is decided and written, and then
 * handlers are started. Handlers run between the turns.
 */
import type { Writer } from '../system/database.ts';
import { attempt } from './attempt.ts';
import type { Changes, Mark } from './changes.ts';
import { type CleanWorld, cleanAgainMs, cleaned, cleanedWithout, cleanUp } from './cleaner.ts';
import { CommitFailed, guarded } from './commit-failed.ts';
import { contextOf } from './context.ts';
import { Dues } from './due.ts';
import { EngineError } from './error.ts';
import type { Event } from './event.ts';
import { type DoResult, TaskStopped } from './handler.ts';
import type { Change, Task, TaskStatus } from './model.ts';
import { type Next, nextSteps } from './next.ts';
import { type RunnerOptions, usualMaxRunning } from './options.ts';
import { ended, failed, type OutcomeWorld } from './outcome.ts';
import { isRestartDue } from './restart.ts';
import { statusOf } from './status.ts';

interface Running {
  readonly task: Task;
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

type Active = PromiseWithResolvers<TaskStatus>;

interface Start {
  readonly change: number;
  readonly task: Task;
}

/** What a turn has decided, to be done once it is written. */
interface Decided {
  readonly starts: readonly Start[];
  readonly stops: readonly Task[];
  /** Changes that cannot go further by themselves. */
  readonly resting: readonly number[];
  /** Infinite where nothing waits for a time. */
  readonly wakeAt: number;
}

export class Loop {
  readonly #changes: Changes;
  readonly #options: RunnerOptions;
  readonly #dues: Dues;
  /** The changes that are being taken as far as they go. */
  readonly #active = new Map<number, Active>();
  readonly #running = new Map<number, Running>();
  /** Changes that are over and are being tidied up after. */
  readonly #cleaning = new Map<number, Promise<void>>();
  /** Reboots that were asked for already. */
  readonly #asked = new Set<number>();
  readonly #over = new AbortController();
  #alarm = new AbortController();
  /** What the database said when it took no write. */
  #refusal: unknown;

  constructor(changes: Changes, options: RunnerOptions) {
    this.#changes = changes;
    this.#options = options;
    this.#dues = new Dues(options.clock);
  }

  get busy(): boolean {
    return this.#active.size > 0 || this.#running.size > 0;
  }

  /** From the next step on the change is worked on; resolves when it can go no further. One that is worked on goes on to be. */
  activate(id: number): Promise<TaskStatus> {
    const known = this.#active.get(id);
    if (known !== undefined) return known.promise;
    const active: Active = Promise.withResolvers();
    // Who wants to know asks.
    active.promise.catch(() => {});
    this.#active.set(id, active);
    return active.promise;
  }

  isActive(id: number): boolean {
    return this.#active.has(id);
  }

  /**
   * Starts nothing any more, tells what runs to stop, and resolves once it has; never rejects. What did not come to its end runs again at the
   * next start-up.
   */
  async stop(): Promise<void> {
    this.#over.abort(new TaskStopped('stopping'));
    this.#alarm.abort();
    // A handler that was about to start in a turn before this one is running by then.
    await this.#changes.turn(async () => {
      for (const { stop } of this.#running.values()) stop.abort(this.#over.signal.reason);
    });
    await Promise.all([...[...this.#running.values()].map(({ over }) => over), ...this.#cleaning.values()]);
    const last = async () => {
      if (this.#changes.anyMoved()) await this.#changes.commit('stop');
      for (const id of [...this.#active.keys()]) this.#release(id);
    };
    await this.#alone(last);
  }

  /** Takes a step without an event. */
  goOn(): void {
    void this.#alone(() => this.step({ name: 'go on', isDurable: false, apply: () => {} }));
  }

  /** Runs `work` when all that was begun before it is over; where the database takes no write, everything stands still. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#changes.turn(async () => {
      try {
        return await work();
      } catch (error) {
        if (error === this.#refusal) this.#stall(error);
        throw error;
      }
    });
  }

  /** The same where nobody waits for it: whatever goes wrong, those who wait for a change hear of it. */
  async #alone(work: () => Promise<void>): Promise<void> {
    await this.#changes.turn(() => work().catch((error: unknown) => this.#stall(error)));
  }

  /** In a turn: lets an event move its change, decides what follows, writes both, and then does it. */
  async step(event: Event): Promise<void> {
    const mark = this.#changes.mark();
    let decided: Decided;
    try {
      event.apply();
      decided = this.#decide();
    } catch (error) {
      this.#changes.goBack(mark);
      throw error;
    }
    if (event.isDurable || this.#mustWrite(decided)) await this.#write(event.name, mark, event.commit);
    event.afterwards?.();
    this.#perform(decided);
  }

  /** In a turn: moves all changes on that are being worked on. */
  #decide(): Decided {
    const running = [...this.#running.values()].map(({ task }) => task);
    const starts: Start[] = [];
    const stops: Task[] = [];
    const resting: number[] = [];
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const change of this.#over.signal.aborted ? [] : this.#workedOn()) {
      const next = nextSteps(change, {
        now: this.#options.clock.monotonicMs(),
        notBefore: (task) => this.#dues.notBefore(task),
        isRunning: (task) => this.#running.has(task.id),
        hasUndo: (kind) => this.#hasUndo(kind),
        isBlocked: (task, started) => this.#isBlocked(task, [...running, ...started]),
      });
      running.push(...next.starts);
      starts.push(...next.starts.map((task) => ({ change: change.id, task })));
      stops.push(...next.stops);
      wakeAt = Math.min(wakeAt, next.wakeAt ?? wakeAt);
      this.#changes.put(next.change);
      if (this.#isResting(next)) resting.push(change.id);
    }
    return { starts, stops, resting, wakeAt };
  }

  #workedOn(): Change[] {
    return [...this.#active].flatMap(([id, active]) => {
      const change = this.#changes.current(id);
      if (change !== undefined) return [change];
      this.#active.delete(id);
      active.reject(new EngineError('no-change', `cannot run change ${id}: there is none`));
      return [];
    });
  }

  /** Nothing of it runs, nothing could, and no time will change that. What needs no tidying up is tidy then. */
  #isResting({ change, starts, wakeAt, isBlocked }: Next): boolean {
    const isAtWork = starts.length > 0 || wakeAt !== undefined || isBlocked || this.#cleaning.has(change.id);
    if (isAtWork || change.tasks.some(({ id }) => this.#running.has(id))) return false;
    const now = this.#current(change.id);
    if (now.readyTime !== undefined) this.#changes.put(cleanedWithout(now, this.#options.handlers));
    return true;
  }

  /** What starts outside the database is announced in it, and what is shown as the end of it is. */
  #mustWrite({ starts, resting }: Decided): boolean {
    const isOutside = ({ task }: Start) => this.#options.handlers[task.kind]?.inside !== true;
    const ids = [...starts.filter(isOutside).map(({ change }) => change), ...resting];
    return ids.some((id) => this.#changes.hasMoved(id));
  }

  async #write(name: string, mark: Mark, commit?: (sql: Writer) => void): Promise<void> {
    try {
      await this.#changes.commit(name, (sql) => guarded(commit, sql));
    } catch (error) {
      if (error instanceof CommitFailed) this.#changes.goBack(mark);
      else this.#refusal = error;
      throw error;
    }
  }

  /** Everything stands still, and goes on from what was written when it is taken up again. */
  #stall(error: unknown): void {
    this.#refusal = undefined;
    this.#changes.reload();
    this.#dues.clear();
    const active = [...this.#active.values()];
    this.#active.clear();
    for (const { reject } of active) reject(error);
  }

  #perform({ starts, stops, resting, wakeAt }: Decided): void {
    for (const { id } of stops) this.#running.get(id)?.stop.abort(new TaskStopped('aborted'));
    for (const start of starts) this.#launch(start);
    for (const id of resting) this.#settle(id);
    this.#alarm.abort();
    this.#alarm = new AbortController();
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#options;
    clock.sleep(Math.max(0, wakeAt - clock.monotonicMs()), this.#alarm.signal).then(
      () => this.goOn(),
      () => {},
    );
  }

  #launch({ change, task }: Start): void {
    this.#dues.forget(task.id);
    const stop = new AbortController();
    const ids = { change, task: task.id };
    const context = contextOf(this.#changes, ids, stop.signal, (name, move) => this.#announce(name, move));
    const over = attempt(this.#options.handlers, task, context).then((outcome) =>
      this.#alone(() => this.#finish(change, task, outcome)),
    );
    this.#running.set(task.id, { task, stop, over });
  }

  #announce(name: string, move: () => void): Promise<void> {
    return this.turn(() => {
      const mark = this.#changes.mark();
      move();
      return this.#write(name, mark);
    });
  }

  /** In a turn: a handler has come to its end. */
  async #finish(change: number, task: Task, outcome: DoResult | Error): Promise<void> {
    this.#running.delete(task.id);
    // It stands still: what was written counts, and that the task had come to its end was not.
    if (!this.#active.has(change) && !this.#over.signal.aborted) return this.goOn();
    // What fails while the daemon stops may fail for that reason alone.
    if (outcome instanceof Error && this.#over.signal.aborted) return;
    if (outcome instanceof Error) return this.#fail(change, task, outcome);
    try {
      await this.step(this.#eventOf(change, task, outcome));
    } catch (error) {
      if (!(error instanceof CommitFailed)) throw error;
      await this.#fail(change, task, error);
    }
  }

  #eventOf(id: number, task: Task, result: DoResult): Event {
    const next = ended(this.#current(id), task.id, result, this.#outcomeWorld());
    const status = next.tasks.find((other) => other.id === task.id)?.status;
    const base = { name: `${task.kind} ${status}`, apply: () => this.#changes.put(next) };
    if (result.kind === 'retry') {
      this.#dues.set(task.id, result.afterMs ?? 0);
      return { ...base, isDurable: false };
    }
    const isInside = this.#options.handlers[task.kind]?.inside === true && result.kind === 'done';
    const isDurable = !isInside || result.commit !== undefined;
    const afterwards = result.kind === 'wait' && status === 'Wait' ? result.afterwards : undefined;
    return { ...base, isDurable, commit: result.commit, afterwards };
  }

  #fail(id: number, task: Task, { message }: Error): Promise<void> {
    this.#options.say?.(`change ${id}, task "${task.summary}" failed: ${message}`);
    const apply = () => this.#changes.put(failed(this.#current(id), task.id, message, this.#changes.time()));
    return this.step({ name: `${task.kind} Error`, isDurable: true, apply });
  }

  /** A change has come as far as it can: to its reboot, or to its end. */
  #settle(id: number): void {
    const change = this.#current(id);
    this.askForRestart(change);
    if (change.readyTime === undefined || change.clean) {
      this.#release(id);
      return;
    }
    this.#cleaning.set(id, this.#clean(change));
  }

  #release(id: number): void {
    const active = this.#active.get(id);
    this.#active.delete(id);
    active?.resolve(statusOf(this.#current(id)));
  }

  /** Never rejects. */
  async #clean(change: Change): Promise<void> {
    const { handlers, say = () => {} } = this.#options;
    const { signal } = this.#over;
    const announce = (name: string, move: () => void) => this.#announce(name, move);
    const world: CleanWorld = { changes: this.#changes, handlers, signal, say, announce };
    const done = await cleanUp(change, world);
    const record = async () => {
      this.#cleaning.delete(change.id);
      const mark = this.#changes.mark();
      const next = cleaned(this.#current(change.id), ({ id }) => done.has(id));
      this.#changes.put(next);
      if (this.#changes.hasMoved(change.id)) await this.#write('clean', mark);
      this.#release(change.id);
      if (!next.clean) void this.#cleanAgain(change.id);
    };
    await this.#alone(record);
  }

  async #cleanAgain(id: number): Promise<void> {
    try {
      await this.#options.clock.sleep(cleanAgainMs, this.#over.signal);
    } catch {
      return;
    }
    void this.activate(id);
    this.goOn();
  }

  /** Asks, once, for the reboot that a change has come to. */
  askForRestart(change: Change): void {
    if (this.#asked.has(change.id) || !isRestartDue(change, this.#options.bootId)) return;
    this.#asked.add(change.id);
    this.#options.restart?.(change);
  }

  #isBlocked(task: Task, running: readonly Task[]): boolean {
    const { maxRunning = usualMaxRunning, isBlocked } = this.#options;
    return running.length >= maxRunning || isBlocked?.(task, running) === true;
  }

  #hasUndo(kind: string): boolean {
    return this.#options.handlers[kind]?.undo !== undefined;
  }

  #outcomeWorld(): OutcomeWorld {
    const time = this.#changes.time();
    return {
      time,
      bootId: this.#options.bootId,
      hasUndo: (kind) => this.#hasUndo(kind),
      after: (ms) => new Date(Date.parse(time) + ms).toISOString(),
    };
  }

  #current(id: number): Change {
    const change = this.#changes.current(id);
    if (change === undefined) throw new EngineError('no-change', `cannot find change with id "${id}"`);
    return change;
  }
}
