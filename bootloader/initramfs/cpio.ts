/**
 * Writes cpio archives in the "newc" form that the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format.rst).
 * An own writer, because an ordinary user can then put a device node into the archive, and because nothing of the build
 * machine (times, owners, inode numbers, order) gets into it.
 */
import { InitramfsError } from './errors.ts';

/** Modes are permission bits only; paths are relative, with forward slashes. */
export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly data: Uint8Array; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'character-device'; readonly path: string; readonly major: number; readonly minor: number };

const TYPE_BITS = { directory: 0o040000, file: 0o100000, symlink: 0o120000, 'character-device': 0o020000 } as const;
const FILE_SIZE_MAX = 512 * 1024 * 1024;
const TRAILER = 'TRAILER!!!';

function permissions(entry: CpioEntry): number {
  switch (entry.kind) {
    case 'directory':
      return entry.mode ?? 0o755;
    case 'file':
      return entry.mode ?? 0o644;
    case 'symlink':
      return 0o777;
    case 'character-device':
      return 0o600;
  }
}

function content(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.data;
  return entry.kind === 'symlink' ? Buffer.from(entry.target) : new Uint8Array();
}

/** Zeros that bring `size` to a multiple of four: names (with their header) and contents are aligned so. */
function padding(size: number): Uint8Array {
  return new Uint8Array(-size & 3);
}

interface Header {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
}

function member(path: string, header: Header, data: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const { inode, mode, links, size, major, minor } = header;
  // inode mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('')}`;
  return [Buffer.from(text), name, padding(text.length + name.length), data, padding(data.length)];
}

function checkPath(path: string): void {
  const bad = path.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (bad || path.includes('\0')) throw new InitramfsError('bad-path', `cannot archive '${path}': not a plain path`);
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The entries by path, with every directory on the way to one, in an order in which parents come first. */
function complete(entries: readonly CpioEntry[]): CpioEntry[] {
  const byPath = new Map<string, CpioEntry>();
  for (const entry of entries) {
    checkPath(entry.path);
    if (byPath.has(entry.path)) throw new InitramfsError('bad-path', `cannot archive '${entry.path}' twice`);
    byPath.set(entry.path, entry);
  }
  for (const parent of entries.flatMap((entry) => parentsOf(entry.path))) {
    const existing = byPath.get(parent);
    if (existing === undefined) byPath.set(parent, { kind: 'directory', path: parent });
    else if (existing.kind !== 'directory') {
      throw new InitramfsError('bad-path', `cannot archive anything below '${parent}': it is no directory`);
    }
  }
  return [...byPath.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/**
 * The archive of these entries. Missing parent directories are added (mode 755); all belongs to root and is of 1970. The bytes
 * depend on the entries alone, not on their order.
 * @throws InitramfsError bad-path, too-large
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const members = complete(entries).flatMap((entry, index) => {
    const data = content(entry);
    if (data.length > FILE_SIZE_MAX) throw new InitramfsError('too-large', `cannot archive '${entry.path}': too large`);
    const device = entry.kind === 'character-device' ? entry : { major: 0, minor: 0 };
    const mode = TYPE_BITS[entry.kind] | permissions(entry);
    const links = entry.kind === 'directory' ? 2 : 1;
    const header = { inode: index + 1, mode, links, size: data.length, major: device.major, minor: device.minor };
    return member(entry.path, header, data);
  });
  const trailer = member(TRAILER, { inode: 0, mode: 0, links: 1, size: 0, major: 0, minor: 0 }, new Uint8Array());
  return Buffer.concat([...members, ...trailer]);
}
