/** Tar archives for sqfstar, so that images can hold what an ordinary user cannot put into a tree: owners, devices, attributes. */

export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hard-link' | 'block-device' | 'char-device' | 'fifo';
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSeconds?: number;
  readonly content?: Uint8Array;
  /** Of a symlink or a hard link. */
  readonly target?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

const TYPE_FLAGS = {
  file: '0',
  'hard-link': '1',
  symlink: '2',
  'char-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};
const BLOCK_BYTES = 512;

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK_BYTES - (bytes.byteLength % BLOCK_BYTES)) % BLOCK_BYTES)]);
}

function headerOf(entry: TarEntry, flag: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(entry.path.slice(0, 99), 0, 'latin1');
  octal(entry.mode ?? 0o644, 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(entry.gid ?? 0, 116, 8);
  octal(size, 124, 12);
  octal(entry.mtimeSeconds ?? 0, 136, 12);
  header.write(' '.repeat(8) + flag, 148, 'latin1');
  header.write((entry.target ?? '').slice(0, 99), 157, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  octal(entry.device?.major ?? 0, 329, 8);
  octal(entry.device?.minor ?? 0, 337, 8);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return header;
}

/** A record of an extended header: its length, which counts its own digits, a key and a value. */
function recordOf(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  const digits = String(rest.byteLength + String(rest.byteLength + 3).length).length;
  return Buffer.concat([Buffer.from(String(rest.byteLength + digits)), rest]);
}

function bytesOf(entry: TarEntry): Buffer {
  const records = [recordOf('path', Buffer.from(entry.path))];
  if (entry.target !== undefined) records.push(recordOf('linkpath', Buffer.from(entry.target)));
  for (const [name, value] of Object.entries(entry.xattrs ?? {})) records.push(recordOf(`SCHILY.xattr.${name}`, value));
  const extended = Buffer.concat(records);
  const content = entry.content ?? new Uint8Array(0);
  return Buffer.concat([
    headerOf({ path: 'extended', type: 'file' }, 'x', extended.byteLength),
    padded(extended),
    headerOf(entry, TYPE_FLAGS[entry.type], content.byteLength),
    padded(content),
  ]);
}

export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(bytesOf), Buffer.alloc(2 * BLOCK_BYTES)]);
}
