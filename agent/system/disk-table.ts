/**
 * What every Disk does, as a table that disk.test.ts runs on the real and on the simulated one. Each row starts in an empty
 * directory; `at` gives the absolute path of a name in it.
 */
import type { Disk, DiskStat } from './disk.ts';

export interface Bench {
  readonly disk: Disk;
  readonly at: (name: string) => string;
}

export interface Row {
  readonly title: string;
  readonly run: (bench: Bench) => Promise<unknown>;
  readonly gives?: unknown;
  /** The code of the DiskError that `run` ends in. */
  readonly fails?: string;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function text(disk: Disk, path: string): Promise<string> {
  return new TextDecoder().decode(await disk.readFile(path, { maxBytes: 1 << 20 }));
}

export async function* pieces(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield bytes(part);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const piece of source) found.push(Uint8Array.from(piece));
  return found;
}

const kind = (stat: DiskStat | undefined): string | undefined => stat?.kind;
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

const files: readonly Row[] = [
  {
    title: 'replace gives a file content, then other content, and leaves no temporary file',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes('one'));
      await disk.replace(at('a'), bytes('second'), { verify: true });
      return [await text(disk, at('a')), await disk.list(at('.')), await disk.sweep(at('.'))];
    },
    gives: ['second', ['a'], []],
  },
  {
    title: 'replace gives the mode it is told, 0644 if none',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes(''));
      await disk.replace(at('b'), bytes(''), { mode: 0o600 });
      return [(await disk.stat(at('a')))?.mode, await disk.stat(at('b'))];
    },
    gives: [0o644, { kind: 'file', size: 0, mode: 0o600 }],
  },
  {
    title: 'replace puts a file where a symlink was, and leaves the target alone',
    run: async ({ disk, at }) => {
      await disk.replace(at('target'), bytes('target'));
      await disk.swapSymlink('target', at('link'));
      await disk.replace(at('link'), bytes('new'));
      return [await text(disk, at('link')), await text(disk, at('target'))];
    },
    gives: ['new', 'target'],
  },
  {
    title: 'replace needs the directory',
    run: ({ disk, at }) => disk.replace(at('no/a'), bytes('x')),
    fails: 'not-found',
  },
  {
    title: 'replace refuses a directory, and leaves no temporary file',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('d'));
      const refused = await disk.replace(at('d'), bytes('x')).catch((error) => error.code);
      return [refused, await disk.sweep(at('.'))];
    },
    gives: ['wrong-kind', []],
  },
  { title: 'replace refuses a relative path', run: ({ disk }) => disk.replace('a', bytes('')), fails: 'bad-path' },
  { title: 'replace refuses a NUL', run: ({ disk, at }) => disk.replace(at('a\0b'), bytes('')), fails: 'bad-path' },
  {
    title: 'rewrite changes a region in place and nothing else',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes('0123456789'));
      await disk.rewrite(at('a'), bytes('abc'), { offset: 4 });
      await disk.rewrite(at('a'), bytes('X'));
      return await text(disk, at('a'));
    },
    gives: 'X123abc789',
  },
  {
    title: 'rewrite follows symlinks',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('by-partlabel'));
      await disk.replace(at('a'), bytes('0123'));
      await disk.swapSymlink('../a', at('by-partlabel/hf-env-a'));
      await disk.rewrite(at('by-partlabel/hf-env-a'), bytes('ab'));
      return await text(disk, at('a'));
    },
    gives: 'ab23',
  },
  {
    title: 'rewrite refuses a region past the end, and changes nothing',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes('0123'));
      const refused = await disk.rewrite(at('a'), bytes('abc'), { offset: 2 }).catch((error) => error.code);
      return [refused, await text(disk, at('a'))];
    },
    gives: ['bad-size', '0123'],
  },
  { title: 'rewrite needs the file', run: ({ disk, at }) => disk.rewrite(at('a'), bytes('x')), fails: 'not-found' },
];

const streams: readonly Row[] = [
  {
    title: 'writeStream writes what comes and says how much that was',
    run: async ({ disk, at }) => {
      const result = await disk.writeStream(at('a'), pieces('a', '', 'bc'), { maxBytes: 3 });
      return [result, await text(disk, at('a')), await disk.sweep(at('.'))];
    },
    gives: [{ size: 3, sha256: SHA256_OF_ABC }, 'abc', []],
  },
  {
    title: 'writeStream refuses a byte more than the limit, and keeps the old file',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes('old'));
      const refused = await disk.writeStream(at('a'), pieces('ab', 'cd'), { maxBytes: 3 }).catch((error) => error.code);
      return [refused, await text(disk, at('a')), await disk.sweep(at('.'))];
    },
    gives: ['too-large', 'old', []],
  },
  {
    title: 'writeStream holds the source to the promised size',
    run: ({ disk, at }) => disk.writeStream(at('a'), pieces('abc'), { maxBytes: 9, expected: { size: 4 } }),
    fails: 'mismatch',
  },
  {
    title: 'writeStream holds the source to the promised digest',
    run: async ({ disk, at }) => {
      const expected = { sha256: SHA256_OF_ABC };
      const good = await disk.writeStream(at('a'), pieces('abc'), { maxBytes: 9, expected });
      const bad = await disk
        .writeStream(at('b'), pieces('abd'), { maxBytes: 9, expected })
        .catch((error) => error.code);
      return [good.size, bad, await disk.list(at('.')), await disk.sweep(at('.'))];
    },
    gives: [3, 'mismatch', ['a'], []],
  },
  {
    title: 'writeStream passes on what the source throws, and leaves nothing',
    run: async ({ disk, at }) => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield bytes('abc');
        throw new RangeError('the connection broke');
      }
      const error = await disk.writeStream(at('a'), broken(), { maxBytes: 9 }).catch(String);
      return [error, await disk.list(at('.')), await disk.sweep(at('.'))];
    },
    gives: ['RangeError: the connection broke', [], []],
  },
];

const names: readonly Row[] = [
  {
    title: 'swapSymlink makes a link and turns it, also where its target is a directory',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('x1'));
      await disk.mkdir(at('x2'));
      await disk.swapSymlink('x1', at('current'));
      await disk.swapSymlink('x2', at('current'));
      return [await disk.readLink(at('current')), await disk.list(at('x1')), kind(await disk.stat(at('current')))];
    },
    gives: ['x2', [], 'symlink'],
  },
  {
    title: 'mkdir makes what is missing with the mode it is told, and takes what is there',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('a/b/c'), { mode: 0o700 });
      await disk.mkdir(at('a/b'));
      return [await disk.list(at('a')), await disk.list(at('a/b')), (await disk.stat(at('a/b')))?.mode];
    },
    gives: [['b'], ['c'], 0o700],
  },
  {
    title: 'mkdir refuses where a file is',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes(''));
      const below = await disk.mkdir(at('a/b')).catch((error) => error.code);
      return [below, await disk.mkdir(at('a')).catch((error) => error.code)];
    },
    gives: ['wrong-kind', 'exists'],
  },
  {
    title: 'rename moves a file over another, and a directory with all in it',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('d/e'));
      await disk.replace(at('a'), bytes('a'));
      await disk.replace(at('d/e/b'), bytes('b'));
      await disk.rename(at('a'), at('d/e/b'));
      await disk.rename(at('d'), at('f'));
      return [await text(disk, at('f/e/b')), await disk.list(at('.'))];
    },
    gives: ['a', ['f']],
  },
  {
    title: 'rename refuses a directory that is not empty, and a missing source',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('a'));
      await disk.mkdir(at('b/c'));
      const full = await disk.rename(at('a'), at('b')).catch((error) => error.code);
      return [full, await disk.rename(at('no'), at('b')).catch((error) => error.code)];
    },
    gives: ['exists', 'not-found'],
  },
  {
    title: 'remove takes a file, a link but not its target, a whole directory, and nothing',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('d/e'));
      await disk.replace(at('d/e/b'), bytes('b'));
      await disk.swapSymlink('e', at('d/link'));
      await disk.remove(at('d/link'));
      const left = [await text(disk, at('d/e/b'))];
      await disk.remove(at('d/e/b'));
      await disk.remove(at('d/e/b'));
      await disk.remove(at('d'));
      return [left, await disk.list(at('.')), await disk.sweep(at('.'))];
    },
    gives: [['b'], [], []],
  },
  {
    title: 'sweep removes what a cut write has left, and nothing else',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('.d.holdfast~/deep'));
      await disk.replace(at('.a.holdfast~'), bytes('half'));
      await disk.replace(at('.hidden'), bytes('stays'));
      const shown = await disk.list(at('.'));
      return [shown, await disk.sweep(at('.')), await disk.sweep(at('.')), await disk.list(at('.'))];
    },
    gives: [['.hidden'], ['.a.holdfast~', '.d.holdfast~'], [], ['.hidden']],
  },
];

const reads: readonly Row[] = [
  {
    title: 'readFile follows symlinks, in the middle and at the end',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('x1/meta'));
      await disk.replace(at('x1/meta/snap.yaml'), bytes('name: a'));
      await disk.swapSymlink('x1', at('current'));
      await disk.swapSymlink('meta/snap.yaml', at('current/link'));
      return [await text(disk, at('current/meta/snap.yaml')), await text(disk, at('x1/link'))];
    },
    gives: ['name: a', 'name: a'],
  },
  {
    title: 'readFile gives a file of just the limit, and refuses a larger one',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes('abcd'));
      const fits = await disk.readFile(at('a'), { maxBytes: 4 });
      return [fits.length, await disk.readFile(at('a'), { maxBytes: 3 }).catch((error) => error.code)];
    },
    gives: [4, 'too-large'],
  },
  {
    title: 'readFile reads a file of many chunks whole',
    run: async ({ disk, at }) => {
      const large = Uint8Array.from({ length: 700_001 }, (_, i) => i % 251);
      await disk.replace(at('a'), large, { verify: true });
      return Buffer.compare(await disk.readFile(at('a'), { maxBytes: 1 << 20 }), large);
    },
    gives: 0,
  },
  {
    title: 'readStream gives a file of many pieces whole, through a symlink too, and an empty one',
    run: async ({ disk, at }) => {
      const large = Uint8Array.from({ length: 700_001 }, (_, i) => i % 251);
      await disk.replace(at('a'), large);
      await disk.swapSymlink('a', at('link'));
      await disk.replace(at('empty'), bytes(''));
      const pieces = await all(disk.readStream(at('link')));
      const empty = await all(disk.readStream(at('empty')));
      return [pieces.length > 1, Buffer.compare(Buffer.concat(pieces), large), empty];
    },
    gives: [true, 0, []],
  },
  {
    title: 'readStream needs the file',
    run: ({ disk, at }) => all(disk.readStream(at('no'))),
    fails: 'not-found',
  },
  {
    title: 'readStream refuses a directory',
    run: ({ disk, at }) => all(disk.readStream(at('.'))),
    fails: 'wrong-kind',
  },
  {
    title: 'readFile refuses a directory',
    run: ({ disk, at }) => disk.readFile(at('.'), { maxBytes: 1 }),
    fails: 'wrong-kind',
  },
  {
    title: 'a circle of symlinks ends',
    run: async ({ disk, at }) => {
      await disk.swapSymlink('b', at('a'));
      await disk.swapSymlink('a', at('b'));
      return await disk.readFile(at('a'), { maxBytes: 1 });
    },
    fails: 'wrong-kind',
  },
  {
    title: 'readRange gives what is there of a range',
    run: async ({ disk, at }) => {
      await disk.replace(at('a'), bytes('abcdef'));
      const ranges = [await disk.readRange(at('a'), 2, 2), await disk.readRange(at('a'), 4, 9)];
      return [...ranges.map((range) => Buffer.from(range).toString()), (await disk.readRange(at('a'), 9, 1)).length];
    },
    gives: ['cd', 'ef', 0],
  },
  {
    title: 'stat tells kinds apart and knows what is missing',
    run: async ({ disk, at }) => {
      await disk.mkdir(at('d'));
      await disk.replace(at('f'), bytes('four'));
      await disk.swapSymlink('nowhere', at('l'));
      const stats = await Promise.all(['d', 'f', 'l', 'no', 'no/deep'].map((name) => disk.stat(at(name))));
      return [stats.map(kind), stats[1]?.size];
    },
    gives: [['directory', 'file', 'symlink', undefined, undefined], 4],
  },
  { title: 'readLink refuses a file', run: ({ disk, at }) => disk.readLink(at('.')), fails: 'wrong-kind' },
  { title: 'list needs the directory', run: ({ disk, at }) => disk.list(at('no')), fails: 'not-found' },
  {
    title: 'free says that something is free',
    run: async ({ disk, at }) => (await disk.free(at('.'))) > 0,
    gives: true,
  },
];

export const TABLE: readonly Row[] = [...files, ...streams, ...names, ...reads];
