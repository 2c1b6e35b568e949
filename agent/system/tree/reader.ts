/** The names in an open directory, as bytes, a few at a time: a directory may have millions. */
import type { Name, TreeCalls } from './calls.ts';

const bufferBytes = 8192;
/** Where in a record of getdents64(2) its length and its name are. */
const lengthAt = 16;
const nameAt = 19;
const dot = 46;

const shared = Buffer.alloc(bufferBytes);

export class DirectoryReader {
  readonly #calls: TreeCalls;
  readonly #fd: number;
  /** What was read and not yet given. */
  #records: Buffer = Buffer.alloc(0);

  constructor(calls: TreeCalls, fd: number) {
    this.#calls = calls;
    this.#fd = fd;
  }

  /** The next one, without those of itself and its parent. @throws CallError */
  next(): Name | undefined {
    for (;;) {
      if (this.#records.length === 0) {
        const bytes = this.#calls.list(this.#fd, shared);
        if (bytes === 0) return undefined;
        this.#records = Buffer.from(shared.subarray(0, bytes));
      }
      const length = this.#records.readUInt16LE(lengthAt);
      const name = this.#records.subarray(nameAt, this.#records.indexOf(0, nameAt));
      this.#records = this.#records.subarray(length);
      if (!isSelfOrParent(name)) return name;
    }
  }
}

function isSelfOrParent(name: Name): boolean {
  return name[0] === dot && (name.length === 1 || (name.length === 2 && name[1] === dot));
}
