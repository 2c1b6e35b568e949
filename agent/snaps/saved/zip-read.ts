/** A zip file that anybody may have made, opened for reading: few entries, no name twice, small texts, and archives as streams. */
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { reasonOf, SavedError } from './error.ts';

const maxEntries = 1000;

export interface ZipReader {
  readonly names: readonly string[];
  /** The whole of a small entry. @throws SavedError `not-a-snapshot`, `too-large` */
  bytes(name: string, maxBytes: number): Promise<Buffer>;
  /** An entry piece by piece. @throws SavedError `not-a-snapshot` where it is not as the file says */
  stream(name: string): AsyncIterable<Uint8Array>;
  close(): void;
  [Symbol.dispose](): void;
}

/** @throws SavedError `not-a-snapshot`, `damaged` */
export async function openZip(path: string): Promise<ZipReader> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false, lazyEntries: true, strictFileNames: true });
  } catch (cause) {
    throw damaged(path, cause);
  }
  try {
    return new Reader(path, zip, await entriesOf(path, zip));
  } catch (error) {
    zip.close();
    throw error instanceof SavedError ? error : damaged(path, error);
  }
}

async function entriesOf(path: string, zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  if (zip.entryCount > maxEntries) throw damaged(path, new Error(`it has more than ${maxEntries} entries`));
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw damaged(path, new Error(`it has ${JSON.stringify(entry.fileName)} twice`));
    if (!entry.canDecodeFileData()) throw damaged(path, new Error('it is encrypted, or compressed in an unknown way'));
    entries.set(entry.fileName, entry);
  }
  return entries;
}

class Reader implements ZipReader {
  readonly #path: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(path: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#path = path;
    this.#zip = zip;
    this.#entries = entries;
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  async bytes(name: string, maxBytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.stream(name)) {
      size += piece.length;
      if (size > maxBytes)
        throw new SavedError('too-large', `cannot read ${this.#path}: ${name} is larger than ${maxBytes} bytes`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async *stream(name: string): AsyncGenerator<Uint8Array> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new SavedError('damaged', `missing archive member ${JSON.stringify(name)}`);
    let pieces: AsyncIterable<Uint8Array>;
    try {
      pieces = await this.#zip.openReadStreamPromise(entry);
      yield* pieces;
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  close(): void {
    this.#zip.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function damaged(path: string, cause: unknown): SavedError {
  return new SavedError('damaged', `cannot read ${path}: ${reasonOf(cause)}`, { cause });
}
