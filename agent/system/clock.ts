/** The clock port: what time it is, and waiting, as something that a test can move by hand (clock-fake.ts). */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the machine started, never set back and not counting sleep (CLOCK_MONOTONIC). */
  monotonicMs(): number;
  /** Milliseconds since 1970 as the system clock says: wrong until the network has set it. */
  wallMs(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
  wallMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

export type ClockErrorCode = 'no-boot-id' | 'late';

export class ClockError extends Error {
  override readonly name = 'ClockError';
  readonly code: ClockErrorCode;

  constructor(code: ClockErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n?$/;

/** The kernel's name for this boot, a UUID: the same in every process, another one after each reset. */
export function bootId(path = '/proc/sys/kernel/random/boot_id'): string {
  let text = '';
  try {
    text = readFileSync(path, 'latin1').slice(0, 64);
  } catch (cause) {
    throw new ClockError('no-boot-id', `cannot read the boot id from ${path}: is /proc mounted?`, { cause });
  }
  if (!UUID.test(text)) throw new ClockError('no-boot-id', `cannot read the boot id from ${path}: it holds no UUID`);
  return text.trim();
}

/** What `work` comes to, or ClockError `late` after `ms`. The work itself goes on: give it `signal` if it can stop. */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(() => {
    throw new ClockError('late', `cannot ${what} within ${ms} ms`);
  });
  // Aborted when the work is first; nobody waits for it then.
  late.catch(() => {});
  try {
    return await Promise.race([work(over.signal), late]);
  } finally {
    over.abort();
  }
}
