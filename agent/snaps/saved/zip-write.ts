/** A zip file as a stream: archives that are written while they come into being, and small texts behind them. */
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipWriter {
  /** Stored as it is; resolves when all of it has gone out. Rejects with what the source throws. */
  stream(name: string, source: AsyncIterable<Uint8Array>): Promise<void>;
  bytes(name: string, bytes: Uint8Array): void;
}

const fileMode = 0o100600;

/** @param mtime of all entries. What `fill` throws comes out of the stream. */
export async function* zipOf(mtime: Date, fill: (zip: ZipWriter) => Promise<void>): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = Readable.from(zip.outputStream);
  const options = { mtime, mode: fileMode };
  let current: Readable | undefined;
  const writer: ZipWriter = {
    async stream(name, source) {
      const readable = Readable.from(source, { objectMode: false });
      current = readable;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      readable.once('end', resolve).once('error', reject);
      readable.once('close', () => reject(new Error('cannot write a zip file: nobody reads it')));
      zip.addReadStream(readable, name, { ...options, compress: false });
      await promise;
    },
    bytes(name, bytes) {
      zip.addBuffer(Buffer.from(bytes), name, options);
    },
  };
  // It tells of a source that fails by itself, too.
  zip.on('error', (error: Error) => output.destroy(error));
  const filling = fill(writer).then(
    () => zip.end(),
    (error: unknown) => void output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* output;
    await filling;
  } finally {
    current?.destroy();
    output.destroy();
    await filling;
  }
}
