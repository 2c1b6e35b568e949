import { randomBytesOf } from './random.ts';
import type { TarEntry } from './tar.ts';

const text = (bytes: number): Uint8Array => new Uint8Array(Buffer.alloc(bytes, 'one line of text\n'));

/** Zeros with a word at each of the places. */
function sparse(bytes: number, places: readonly number[]): Uint8Array {
  const content = Buffer.alloc(bytes);
  for (const place of places) content.write('word', place);
  return new Uint8Array(content);
}

/** Long enough that mksquashfs stores it once and refers to it from the second set on. */
const SHARED_VALUE = new Uint8Array(Buffer.alloc(200, 'shared '));
const XATTRS = { 'user.comment': text(20), 'security.label': SHARED_VALUE };

/** Every kind of entry that tar knows, with files whose sizes lie around the borders of blocks of `blockSize` bytes. */
export function everyKind(blockSize: number): TarEntry[] {
  const random = randomBytesOf(blockSize, blockSize + 1);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`user.number-${i}`, text(i)]));
  const common = { mtimeSeconds: 1_700_000_000 };
  const file = (path: string, content: Uint8Array, rest: Partial<TarEntry> = {}): TarEntry => ({
    ...{ path, type: 'file', content, mode: 0o640, uid: 1000, gid: 33 },
    ...rest,
  });
  const entries: TarEntry[] = [
    file('contents/empty', text(0)),
    file('contents/tiny', text(10), { xattrs: XATTRS }),
    file('contents/half', text(blockSize / 2)),
    file('contents/one-less', text(blockSize - 1)),
    file('contents/exact', text(blockSize)),
    file('contents/long', text(2 * blockSize + 5), { mode: 0o4755, uid: 70_000 }),
    file('contents/random', random),
    file('contents/random-again', random, { gid: 2_000_000 }),
    file('contents/hole', sparse(2 * blockSize, [])),
    file('contents/hole-with-tail', sparse(2 * blockSize + 9, [])),
    file('contents/between-holes', sparse(3 * blockSize + 7, [blockSize + 10, 3 * blockSize])),
    { path: 'contents/random-linked', type: 'hard-link', target: 'contents/random' },
    {
      path: 'directory',
      type: 'directory',
      mode: 0o1777,
      xattrs: { 'trusted.big': text(20_000), 'user.none': text(0) },
    },
    { path: 'directory/hollow', type: 'directory', mode: 0o700 },
    { path: 'directory/link', type: 'symlink', target: 'hollow', xattrs: { 'security.label': SHARED_VALUE } },
    { path: 'directory/plain-link', type: 'symlink', target: 'contents/tiny' },
    { path: 'devices/block', type: 'block-device', mode: 0o660, device: { major: 254, minor: 3 }, xattrs: many },
    { path: 'devices/char', type: 'char-device', mode: 0o600, device: { major: 5, minor: 1 }, xattrs: XATTRS },
    { path: 'devices/plain', type: 'char-device', mode: 0o600, device: { major: 1, minor: 200 } },
    { path: 'devices/fifo', type: 'fifo', xattrs: XATTRS },
  ];
  return entries.map((entry) => ({ ...common, ...entry }));
}
