/**
 * snapd's lock on the state: flock(2) on /var/lib/snapd/state.lock, held for the life of the daemon that owns the device
 * (reference/state-engine.md 8.1). Whoever has it may write; snapd and this daemon keep each other out by it.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Clock } from './clock.ts';
import type { Native } from './native/native.ts';

export const STATE_LOCK = '/var/lib/snapd/state.lock';

export type LockErrorCode = 'held' | 'unusable';

export interface LockHolder {
  readonly pid: number;
  /** The command's short name; empty if it could not be read. */
  readonly name: string;
}

export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;
  /** For `held`, where the kernel shows it. */
  readonly holder: LockHolder | undefined;

  constructor(
    code: LockErrorCode,
    message: string,
    options: { holder?: LockHolder | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.holder = options.holder;
  }
}

export interface HeldLock {
  readonly path: string;
  /** For tests and orderly ends; the kernel releases it when the process ends, however it ends. */
  release(): void;
}

export interface LockOptions {
  readonly native: Pick<Native, 'flock'>;
  readonly clock: Clock;
  /** How long to wait for another holder to end; 0 (one try) by default. */
  readonly waitMs?: number;
}

const POLL_MS = 100;

/**
 * The pid that holds an flock on an inode, from the text of /proc/locks (proc(5)): `1: FLOCK ADVISORY WRITE 712 fd:01:1234 0
 * EOF`. Undefined where none does, or where it is a process of another pid namespace (pid 0 or -1).
 */
export function holderPid(locks: string, inode: number): number | undefined {
  for (const line of locks.split('\n')) {
    const match = /^\d+: FLOCK +ADVISORY +(?:READ|WRITE) +(-?\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (match !== null && Number(match[2]) === inode && Number(match[1]) > 0) return Number(match[1]);
  }
  return undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // Only the message suffers.
  }
}

function holderOf(fd: number): LockHolder | undefined {
  const pid = holderPid(read('/proc/locks'), fstatSync(fd).ino);
  return pid === undefined ? undefined : { pid, name: read(`/proc/${pid}/comm`).trim() };
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new LockError('unusable', `cannot lock ${path}: ${String(cause)}`, { cause });
  }
}

/** Takes the lock. LockError `held`, naming the holder if the kernel shows it, when another still has it after `waitMs`. */
export async function takeLock(path: string, { native, clock, waitMs = 0 }: LockOptions): Promise<HeldLock> {
  // A plain descriptor: a FileHandle would be closed, and the lock lost, once it is garbage.
  const fd = open(path);
  try {
    const end = clock.monotonicMs() + waitMs;
    while (!native.flock(fd, 'ex', true)) {
      if (clock.monotonicMs() >= end) throw heldError(path, holderOf(fd));
      await clock.sleep(Math.min(POLL_MS, end - clock.monotonicMs()));
    }
  } catch (error) {
    closeSync(fd);
    if (error instanceof LockError) throw error;
    throw new LockError('unusable', `cannot lock ${path}: ${String(error)}`, { cause: error });
  }
  return { path, release: () => closeSync(fd) };
}

function heldError(path: string, holder: LockHolder | undefined): LockError {
  const who = holder === undefined ? 'another process' : `${holder.name || 'a process'} (pid ${holder.pid})`;
  const message = `cannot take over this device: ${who} holds ${path}; stop it first (systemctl stop snapd.socket snapd)`;
  return new LockError('held', message, { holder });
}
