/**
 * The system calls that Node lacks, from the N-API addon (native.c). Loaded once, when first asked for.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getSystemErrorName } from 'node:util';

export interface PeerCredentials {
  /** 0 where the peer lives in a pid namespace that this process cannot see. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export type LockMode = 'ex' | 'sh' | 'un';

/** Every call throws NativeError `refused`, with the errno's name, where the kernel refuses. */
export interface Native {
  /** Who connected the other end of a unix stream socket (SO_PEERCRED). */
  peercred(fd: number): PeerCredentials;
  /**
   * Sends one datagram to a unix socket, by path or by abstract name (`@name`), with copies of at most 253 descriptors. Never
   * blocks: EAGAIN if it is full.
   */
  sendDatagram(path: string, bytes: Uint8Array, fds?: readonly number[]): void;
  /** Drops a whole file or block device from the page cache; only pages already written out go, so fsync first. */
  fadviseDontNeed(fd: number): void;
  /** flock(2). True when the lock is held or released, false when `nonblock` is set and another holds it. */
  flock(fd: number, mode: LockMode, nonblock: boolean): boolean;
  /** Writes out the whole file system that `fd` is on. */
  syncfs(fd: number): void;
  /** Exchanges two names of one file system in one step (renameat2, RENAME_EXCHANGE). Not durable by itself. */
  renameExchange(a: string, b: string): void;
  /** Resets the machine now, syncing and stopping nothing (reboot(2)). Returns only by throwing. */
  rebootNow(): void;
  /** Drops the buffers of a block device (BLKFLSBUF); needs root. */
  blkflsbuf(fd: number): void;
}

export type NativeErrorCode = 'not-built' | 'unusable' | 'refused';

export class NativeError extends Error {
  override readonly name = 'NativeError';
  readonly code: NativeErrorCode;
  /** The errno's name (`EBADF`), for `refused`. */
  readonly errno: string | undefined;

  constructor(code: NativeErrorCode, message: string, options: { errno?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.errno = options.errno;
  }
}

/** What native.c exports: numbers, -errno on failure. */
interface Addon {
  peercred(fd: number): PeerCredentials | number;
  sendDatagram(path: string, bytes: Uint8Array, fds: readonly number[]): number;
  fadviseDontNeed(fd: number): number;
  flock(fd: number, mode: number, nonblock: boolean): number;
  syncfs(fd: number): number;
  renameExchange(a: string, b: string): number;
  rebootNow(): number;
  blkflsbuf(fd: number): number;
}

const LOCK_MODES: Readonly<Record<LockMode, number>> = { ex: 0, sh: 1, un: 2 };

/** Where the addon may be: named by HOLDFAST_NATIVE, beside the shipped bundle, or in the repository's build folder. */
function candidates(): string[] {
  const named = process.env['HOLDFAST_NATIVE'];
  if (named !== undefined && named !== '') return [named];
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return [
    join(dirname(process.argv[1] ?? '.'), 'holdfast.node'),
    join(import.meta.dirname, 'holdfast.node'),
    join(import.meta.dirname, '../../../build/native', arch, 'holdfast.node'),
  ];
}

function find(): string {
  const places = candidates();
  const path = places.find((place) => existsSync(place));
  if (path !== undefined) return path;
  throw new NativeError(
    'not-built',
    `cannot load the native addon: none at ${places.join(', ')}; build it (make native) or set HOLDFAST_NATIVE`,
  );
}

function load(path: string): object {
  const module: { exports: object } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw new NativeError('unusable', `cannot load the native addon ${path}: ${String(cause)}`, { cause });
  }
  return module.exports;
}

/** What the addon of this process exports, for those who wrap other parts of it. Throws NativeError `not-built` or `unusable`. */
export function addonExports(): object {
  return load(find());
}

function check(call: string, result: number): void {
  if (result >= 0) return;
  const errno = getSystemErrorName(result);
  throw new NativeError('refused', `cannot ${call}: ${errno}`, { errno });
}

/** Wraps the addon at `path`. Most callers want `native()`. */
export function loadNative(path: string): Native {
  const addon = load(path) as Addon;
  return {
    peercred(fd) {
      const result = addon.peercred(fd);
      if (typeof result !== 'number') return result;
      check(`read the peer credentials of descriptor ${fd}`, result);
      throw new NativeError('unusable', `cannot read the peer credentials of descriptor ${fd}: no answer`);
    },
    sendDatagram(path, bytes, fds = []) {
      check(`send a datagram to ${path}`, addon.sendDatagram(path, bytes, fds));
    },
    fadviseDontNeed(fd) {
      check(`drop descriptor ${fd} from the page cache`, addon.fadviseDontNeed(fd));
    },
    flock(fd, mode, nonblock) {
      const result = addon.flock(fd, LOCK_MODES[mode], nonblock);
      if (nonblock && result < 0 && getSystemErrorName(result) === 'EAGAIN') return false;
      check(`lock descriptor ${fd}`, result);
      return true;
    },
    syncfs(fd) {
      check(`sync the file system of descriptor ${fd}`, addon.syncfs(fd));
    },
    renameExchange(a, b) {
      check(`exchange ${a} and ${b}`, addon.renameExchange(a, b));
    },
    rebootNow() {
      check('reset the machine', addon.rebootNow());
    },
    blkflsbuf(fd) {
      check(`drop the buffers of descriptor ${fd}`, addon.blkflsbuf(fd));
    },
  };
}

let loaded: Native | undefined;

/** The addon of this process, found and loaded on the first call. Throws NativeError `not-built` or `unusable`. */
export function native(): Native {
  loaded ??= loadNative(find());
  return loaded;
}
