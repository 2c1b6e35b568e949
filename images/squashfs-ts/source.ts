import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { SquashfsError } from './error.ts';

/** Where the bytes of an image come from. Anything that can read a range can be a source. */
export interface SquashfsSource {
  /** Bytes available. An image that claims more is truncated. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on; fewer only where the medium ends early. The image hands parts of them on to
   * its callers, so they must not be written to afterwards.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Called once, when the image is closed or could not be opened. */
  close?(): void | Promise<void>;
}

/** An image in memory. What is read are copies, so callers may write into them. */
export function bufferSource(bytes: Uint8Array): SquashfsSource {
  return {
    size: bytes.byteLength,
    read: (offset, length) => Uint8Array.prototype.slice.call(bytes, offset, offset + length),
  };
}

/**
 * An image in a regular file, read through one descriptor that stays open until the image is closed.
 * Throws the system's error when the file cannot be opened and `not-squashfs` when it is no regular file.
 */
export async function fileSource(path: string): Promise<SquashfsSource> {
  // Without O_NONBLOCK opening a FIFO would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new SquashfsError('not-squashfs', `cannot read ${path} as squashfs: not a regular file`);
    return {
      size: info.size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
