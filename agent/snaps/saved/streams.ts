/** Streams of bytes through other streams. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { SavedError } from './error.ts';

/** What the source throws comes out of it. */
export function gzipped(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gzip = createGzip();
  pipeline(Readable.from(source, { objectMode: false }), gzip, () => {});
  return gzip;
}

/** The same. @throws SavedError `damaged` where it is no gzip */
export async function* gunzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(Readable.from(source, { objectMode: false }), gunzip, () => {});
  try {
    yield* gunzip;
  } catch (error) {
    const isItsOwn = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw isItsOwn ? new SavedError('damaged', `cannot unpack: ${error.message}`, { cause: error }) : error;
  }
}

/** Throws the signal's reason once it is aborted. */
export async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    signal.throwIfAborted();
    yield piece;
  }
}
