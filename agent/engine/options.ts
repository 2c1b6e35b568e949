/** What the runner needs of whoever wires it. */
import type { Clock } from '../system/clock.ts';
import type { Handlers } from './handler.ts';
import type { Change, Task } from './model.ts';

export interface RunnerOptions {
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly bootId: string;
  /** Asks for the reboot that a change has come to; returns at once. */
  restart?(change: Change): void;
  /** True where one of the running tasks, of any change, keeps this one from running beside it. */
  isBlocked?(task: Task, running: readonly Task[]): boolean;
  /** A change that may take longer than others, as something outside has to happen. */
  isProtected?(change: Change): boolean;
  say?(text: string): void;
  /** Tasks that run at the same time, of all changes; 4 by default. */
  readonly maxRunning?: number;
}

/** The agent shares small devices with what they are there for. */
export const usualMaxRunning = 4;
