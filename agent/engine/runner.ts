/**
 * Runs the tasks of changes: side by side where their graph allows it, backwards where one fails. What is asked of it here
 * is done by its loop, each in a turn of its own.
 */
import { abortChange, abortUnreadyLanes } from './abort.ts';
import type { Changes } from './changes.ts';
import { EngineError } from './error.ts';
import { Loop } from './loop.ts';
import type { Change, TaskStatus } from './model.ts';
import type { RunnerOptions } from './options.ts';
import type { ChangePlan } from './plan.ts';
import { pruning } from './prune.ts';
import { pendingRestartKey, resumed, waitsForRestart } from './restart.ts';

export class Runner {
  readonly #changes: Changes;
  readonly #options: RunnerOptions;
  readonly #startMs: number;
  readonly #loop: Loop;

  constructor(changes: Changes, options: RunnerOptions) {
    this.#changes = changes;
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    this.#loop = new Loop(changes, options);
  }

  /** True while any change is being worked on. */
  get busy(): boolean {
    return this.#loop.busy;
  }

  /**
   * Records a new change and begins with it, in one commit; `run` of it tells its end.
   * @throws EngineError `bad-plan`; DatabaseError where the change could not be recorded: there is none then
   */
  start(plan: ChangePlan): Promise<Change> {
    return this.#loop.turn(async () => {
      const { id } = this.#changes.draft(plan);
      if (plan.tasks.length > 0) void this.#loop.activate(id);
      await this.#loop.step({ name: 'create', isDurable: true, apply: () => {} });
      return this.#known(id);
    });
  }

  /**
   * Takes a change as far as it goes and resolves to its status: over and cleaned up, or waiting. Rejects only where there is
   * no such change, or where the database does not take a write: it is taken up again by the next call, or at the next start-up.
   */
  run(id: number): Promise<TaskStatus> {
    const isNew = !this.#loop.isActive(id);
    const end = this.#loop.activate(id);
    if (isNew) this.#loop.goOn();
    return end;
  }

  /**
   * Gives a change up: what runs is told to stop, what is done is undone.
   * @throws EngineError `no-change`, `is-over`; DatabaseError
   */
  abort(id: number): Promise<Change> {
    return this.revise(id, 'abort', abortChange);
  }

  /**
   * Moves a change by a word from outside, in one commit, and goes on with it.
   * @throws EngineError `no-change`, `is-over`; DatabaseError
   */
  revise(id: number, name: string, move: (change: Change) => Change): Promise<Change> {
    return this.#loop.turn(async () => {
      if (this.#known(id).readyTime !== undefined) {
        throw new EngineError('is-over', `cannot ${name} change ${id}: nothing is pending in it`);
      }
      const apply = () => {
        this.#changes.put(move(this.#current(id)));
        void this.#loop.activate(id);
      };
      await this.#loop.step({ name, isDurable: true, apply });
      return this.#known(id);
    });
  }

  /**
   * Before open changes are run in a new boot: tasks that waited for an earlier boot to end have waited enough, and a reboot
   * that was asked for in this boot is asked for again.
   */
  resume(): Promise<void> {
    return this.#loop.turn(async () => {
      const { bootId } = this.#options;
      for (const { id } of this.#changes.open()) this.#changes.put(resumed(this.#current(id), bootId));
      await this.#loop.step({ name: 'resume', isDurable: this.#changes.anyMoved(), apply: () => {} });
      for (const change of this.#changes.withData(pendingRestartKey)) this.#loop.askForRestart(change);
    });
  }

  /** Forgets old changes, and gives those up that never end. */
  prune(): Promise<void> {
    return this.#loop.turn(async () => {
      const { clock, isProtected } = this.#options;
      const now = clock.wallMs();
      const { drop, abort } = pruning(this.#changes.ages(), {
        now,
        // Whatever the clock was set to since then.
        start: now - (clock.monotonicMs() - this.#startMs),
        isProtected: (id) => waitsForRestart(this.#current(id)) || isProtected?.(this.#current(id)) === true,
      });
      if (drop.length > 0) await this.#changes.drop(drop);
      if (abort.length === 0) return;
      const apply = () => {
        for (const id of abort) {
          this.#changes.put(abortUnreadyLanes(this.#current(id)));
          void this.#loop.activate(id);
        }
      };
      await this.#loop.step({ name: 'give up', isDurable: true, apply });
    });
  }

  /**
   * Starts nothing any more, tells what runs to stop, and resolves once it has; never rejects. What did not come to its end
   * runs again at the next start-up.
   */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  #known(id: number): Change {
    return this.#sure(id, this.#changes.get(id));
  }

  #current(id: number): Change {
    return this.#sure(id, this.#changes.current(id));
  }

  #sure(id: number, change: Change | undefined): Change {
    if (change === undefined) throw new EngineError('no-change', `cannot find change with id "${id}"`);
    return change;
  }
}
