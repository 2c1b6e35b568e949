/** What the real disk needs of files: whole reads and writes, durable directories. */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

const CHUNK_BYTES = 1 << 18;

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Up to `length` bytes from `offset`, fewer where the file ends; memory grows with what is there, not with `length`. */
export async function readUpTo(handle: fs.FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let done = 0;
  while (done < length) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, length - done));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset + done);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    done += bytesRead;
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, done);
}

/** The whole file, in pieces that all lie in the same memory: each is there until the next one is asked for. */
export async function* readPieces(handle: fs.FileHandle): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(CHUNK_BYTES);
  for (let offset = 0; ; ) {
    const { bytesRead } = await handle.read(memory, 0, memory.length, offset);
    if (bytesRead === 0) return;
    yield memory.subarray(0, bytesRead);
    offset += bytesRead;
  }
}

/** Writes all of `bytes` at `offset`, however few of them one call takes. */
export async function writeAll(handle: fs.FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}

/** An error that is not the disk's own and has to reach the caller as it is. */
export class ForeignError extends Error {}

/** The source's own items; what it throws comes out marked as foreign. */
export async function* marked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw new ForeignError('the source failed', { cause });
  }
}

/**
 * Makes durable where a renamed file or directory has its content. FAT writes the new entry without it, and fills it in only
 * when the moved thing itself is synced: until then the name is on the medium and leads to nothing.
 */
export async function syncMoved(path: string): Promise<void> {
  if ((await fs.lstat(path)).isSymbolicLink()) return;
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
