/** A descriptor to send away, and word of when everybody has closed it: what BARRIER=1 needs. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Watched {
  readonly fd: number;
  /** Closes the own copy; call it once the descriptor is sent. */
  close(): void;
  /** Resolves when nobody has the descriptor any more. */
  readonly closed: Promise<void>;
  /** No longer waits. */
  abandon(): void;
}

/** Node has no pipe(2), but opens both ends of a FIFO; its name is gone at once. */
export async function openWatched(): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'notify-barrier-'));
  try {
    const fifo = join(folder, 'fifo');
    await promisify(execFile)('mkfifo', ['-m', '600', fifo]);
    const read = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const reader = new Socket({ fd: read, readable: true, writable: false });
    const fd = openSync(fifo, constants.O_WRONLY);
    const closed = once(reader.resume(), 'end').then(() => {});
    return { fd, close: () => closeSync(fd), closed, abandon: () => void reader.destroy() };
  } finally {
    await rm(folder, { recursive: true });
  }
}
