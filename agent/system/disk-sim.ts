/**
 * The disk port in memory, for tests: the power can be cut at every moment of every durable write, the medium can be full,
 * read-only, failing or lying. It is held to the real disk by disk.test.ts, which runs one table on both.
 *
 * What it can break, and why that has to be survived:
 * - the power, by the supply it is given (power.ts): devices are unplugged;
 * - space (`capacity`), writability (`readOnly`), single operations (`fail`): flash fills up and wears out;
 * - the bytes that reach the medium (`corrupt`): cards lie about what they have written;
 * - leftovers: a write cut inside leaves a temporary file, which may or may not be there after the reboot.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import {
  DEFAULT_DIRECTORY_MODE,
  DEFAULT_FILE_MODE,
  type Disk,
  type DiskStat,
  isTemporary,
  type ReplaceOptions,
  type StreamOptions,
  type StreamResult,
  temporaryName,
} from './disk.ts';
import { DiskError, type DiskErrorCode } from './disk-error.ts';
import { SimTree } from './disk-sim-tree.ts';
import type { DurableWrite, Moment } from './durable.ts';
import { type PowerSupply, powerSupply } from './power.ts';

/** How much of a file a stream gives at once. */
const pieceBytes = 1 << 16;

export interface SimFaults {
  /** Bytes that all files together may hold. */
  capacity?: number;
  readOnly?: boolean;
  /** Asked before each write; a code makes it fail. */
  fail?: (write: DurableWrite) => DiskErrorCode | undefined;
  /** True where the medium keeps other bytes than it was given. */
  corrupt?: (path: string) => boolean;
  /** How many bytes of an in-place write of `length` are on the medium when the power goes inside it; half by default. */
  tear?: (length: number) => number;
}

export class SimDisk implements Disk {
  /** May be changed between operations. */
  readonly faults: SimFaults;
  readonly #tree = new SimTree();
  #power: PowerSupply;

  constructor(options: { readonly power?: PowerSupply; readonly faults?: SimFaults } = {}) {
    this.#power = options.power ?? powerSupply();
    this.faults = options.faults ?? {};
  }

  /** Power is back: from a new supply, or from the old one, which is not cut again. Temporary files stay or are lost. */
  reboot(options: { readonly power?: PowerSupply; readonly leftovers?: 'kept' | 'lost' } = {}): void {
    this.#power.restore();
    this.#power = options.power ?? this.#power;
    if (options.leftovers !== 'lost') return;
    for (const path of this.#tree.paths()) if (isTemporary(basename(path))) this.#tree.delete(path);
  }

  /** Adds a block device of `size` zero bytes, with the directories above it; not a durable write. */
  addDevice(path: string, size: number): void {
    this.#tree.seed(path, { kind: 'device', mode: 0o600, bytes: new Uint8Array(size) });
  }

  /** Puts a file there without announcing it, with the directories above it. */
  seed(path: string, content: Uint8Array | string): void {
    this.#tree.seed(path, { kind: 'file', mode: DEFAULT_FILE_MODE, bytes: Uint8Array.from(Buffer.from(content)) });
  }

  /** Everything that is there, temporary files too: path -> text of a file, `-> target` of a symlink, `/` of a directory. */
  picture(): Record<string, string> {
    return this.#tree.picture();
  }

  async replace(path: string, bytes: Uint8Array, options: ReplaceOptions = {}): Promise<void> {
    this.#begin('write', path, { op: 'replace', path });
    this.#tree.parent(path, 'write');
    this.#room(bytes.length, path);
    const kept = this.#keep(path, bytes);
    if (options.verify) this.#compare(kept, bytes, path);
    this.#place({ op: 'replace', path }, { kind: 'file', mode: options.mode ?? DEFAULT_FILE_MODE, bytes: kept });
  }

  async swapSymlink(target: string, path: string): Promise<void> {
    this.#begin('write', path, { op: 'symlink', path });
    this.#tree.parent(path, 'write');
    this.#place({ op: 'symlink', path }, { kind: 'symlink', mode: 0o777, target });
  }

  async writeStream(path: string, source: AsyncIterable<Uint8Array>, options: StreamOptions): Promise<StreamResult> {
    this.#begin('write', path, { op: 'stream', path });
    this.#tree.parent(path, 'write');
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > options.maxBytes) throw new DiskError('too-large', 'write', path);
      this.#room(size, path);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks, size);
    const result = { size, sha256: createHash('sha256').update(bytes).digest('hex') };
    const expected = { ...result, ...options.expected };
    if (expected.size !== size || expected.sha256 !== result.sha256) throw new DiskError('mismatch', 'write', path);
    const kept = this.#keep(path, bytes);
    if (options.verify !== false) this.#compare(kept, bytes, path);
    this.#place({ op: 'stream', path }, { kind: 'file', mode: options.mode ?? DEFAULT_FILE_MODE, bytes: kept });
    return result;
  }

  async rewrite(path: string, bytes: Uint8Array, options: { readonly offset?: number } = {}): Promise<void> {
    const { offset = 0 } = options;
    this.#check('rewrite', path);
    const node = this.#tree.follow(path, 'rewrite');
    if (node.kind !== 'file' && node.kind !== 'device') throw new DiskError('wrong-kind', 'rewrite', path);
    if (offset + bytes.length > node.bytes.length) throw new DiskError('bad-size', 'rewrite', path);
    const write = { op: 'rewrite', path } as const;
    this.#begin('rewrite', path, write);
    const kept = this.#keep(path, bytes);
    const torn = this.faults.tear?.(bytes.length) ?? bytes.length >> 1;
    node.bytes.set(kept.subarray(0, torn), offset);
    this.#announce(write, 'inside');
    node.bytes.set(kept, offset);
    this.#compare(kept, bytes, path);
    this.#announce(write, 'after');
  }

  async mkdir(path: string, options: { readonly mode?: number } = {}): Promise<void> {
    this.#check('create', path);
    const missing: string[] = [];
    for (let at = path; this.#tree.at(at) === undefined; at = dirname(at)) missing.unshift(at);
    if (missing.length === 0 && this.#tree.follow(path, 'create').kind !== 'directory') {
      throw new DiskError('exists', 'create', path);
    }
    for (const folder of missing) {
      this.#tree.parent(folder, 'create');
      this.#begin('create', folder, { op: 'mkdir', path: folder });
      this.#tree.set(folder, { kind: 'directory', mode: options.mode ?? DEFAULT_DIRECTORY_MODE });
      this.#announce({ op: 'mkdir', path: folder }, 'inside');
      this.#announce({ op: 'mkdir', path: folder }, 'after');
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check('rename', from);
    this.#check('rename to', to);
    const node = this.#tree.at(from);
    if (node === undefined) throw new DiskError('not-found', 'rename', from);
    const write = { op: 'rename', path: to } as const;
    this.#begin('rename', from, write);
    this.#tree.parent(to, 'rename');
    this.#tree.move(from, to);
    this.#announce(write, 'inside');
    this.#announce(write, 'after');
  }

  async remove(path: string): Promise<void> {
    this.#check('remove', path);
    const node = this.#tree.at(path);
    if (node === undefined) return;
    const write = { op: 'remove', path } as const;
    this.#begin('remove', path, write);
    if (node.kind === 'directory') {
      const temporary = temporaryName(path);
      this.#tree.delete(temporary);
      this.#tree.move(path, temporary);
      this.#announce(write, 'inside');
      this.#tree.delete(temporary);
    } else {
      this.#tree.delete(path);
      this.#announce(write, 'inside');
    }
    this.#announce(write, 'after');
  }

  async readFile(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<Uint8Array> {
    const bytes = await this.readRange(path, 0, maxBytes + 1);
    if (bytes.length > maxBytes) throw new DiskError('too-large', 'read', path);
    return bytes;
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    this.#check('read', path);
    const node = this.#tree.follow(path, 'read');
    if (node.kind !== 'file' && node.kind !== 'device') throw new DiskError('wrong-kind', 'read', path);
    return node.bytes.slice(offset, offset + length);
  }

  async *readStream(path: string): AsyncGenerator<Uint8Array> {
    for (let offset = 0; ; offset += pieceBytes) {
      const piece = await this.readRange(path, offset, pieceBytes);
      if (piece.length === 0) return;
      yield piece;
    }
  }

  async readLink(path: string): Promise<string> {
    this.#check('read the link', path);
    const node = this.#tree.at(path);
    if (node === undefined) throw new DiskError('not-found', 'read the link', path);
    if (node.kind !== 'symlink') throw new DiskError('wrong-kind', 'read the link', path);
    return node.target;
  }

  async list(path: string): Promise<string[]> {
    this.#check('list', path);
    return this.#tree.names(path).filter((name) => !isTemporary(name));
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    this.#check('look at', path);
    const node = this.#tree.at(path);
    if (node === undefined) return undefined;
    return { kind: node.kind, size: node.kind === 'file' ? node.bytes.length : 0, mode: node.mode };
  }

  async free(path: string): Promise<number> {
    this.#check('measure', path);
    this.#tree.follow(path, 'measure');
    return Math.max(0, (this.faults.capacity ?? Number.MAX_SAFE_INTEGER) - this.#tree.used());
  }

  async sweep(path: string): Promise<string[]> {
    this.#check('sweep', path);
    const names = this.#tree.names(path).filter((name) => isTemporary(name));
    for (const name of names) await this.remove(join(path, name));
    return names;
  }

  /** The last steps of a write by a temporary name. */
  #place(write: DurableWrite, node: Parameters<SimTree['set']>[1]): void {
    const temporary = temporaryName(write.path);
    this.#tree.delete(temporary);
    this.#tree.set(temporary, node);
    this.#announce(write, 'inside');
    try {
      this.#tree.move(temporary, write.path);
    } catch (error) {
      this.#tree.delete(temporary);
      throw error;
    }
    this.#announce(write, 'after');
  }

  #check(action: string, path: string): void {
    this.#power.assertOn();
    if (!path.startsWith('/') || path.includes('\0')) throw new DiskError('bad-path', action, JSON.stringify(path));
  }

  #begin(action: string, path: string, write: DurableWrite): void {
    this.#check(action, path);
    this.#announce(write, 'before');
    if (this.faults.readOnly) throw new DiskError('read-only', action, path);
    const code = this.faults.fail?.(write);
    if (code !== undefined) throw new DiskError(code, action, path);
  }

  #announce(write: DurableWrite, moment: Moment): void {
    this.#power.onWrite(write, moment);
  }

  /** The old content stays until the new one is whole, so both need room. */
  #room(bytes: number, path: string): void {
    if (this.#tree.used() + bytes > (this.faults.capacity ?? Number.POSITIVE_INFINITY)) {
      throw new DiskError('no-space', 'write', path);
    }
  }

  /** What the medium makes of the bytes it is given. */
  #keep(path: string, bytes: Uint8Array): Uint8Array {
    const kept = Uint8Array.from(bytes);
    if (this.faults.corrupt?.(path) && kept[0] !== undefined) kept[0] ^= 0x01;
    return kept;
  }

  #compare(kept: Uint8Array, bytes: Uint8Array, path: string): void {
    if (Buffer.compare(kept, bytes) !== 0) throw new DiskError('read-back', 'write', path);
  }
}
