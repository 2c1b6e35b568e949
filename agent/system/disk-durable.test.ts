import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import type { Disk } from './disk.ts';
import { realDisk } from './disk-real.ts';
import { bytes, pieces } from './disk-table.ts';

/** What happens to the medium, in order: fsyncs with the name they are for, drops of the page cache, moments. */
const events: string[] = [];

/** Node's class of open files is not exported; every fsync of fs/promises goes through its `sync`. */
async function watchSyncs(): Promise<void> {
  const handle = await open('/', 'r');
  const FileHandle: { sync(this: { readonly fd: number }): Promise<void> } = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync } = FileHandle;
  FileHandle.sync = async function (this: { readonly fd: number }): Promise<void> {
    events.push(`fsync ${basename(readlinkSync(`/proc/self/fd/${this.fd}`))}`);
    await sync.call(this);
  };
}

await watchSyncs();
const cache = {
  fadviseDontNeed: () => void events.push('drop'),
  blkflsbuf: () => void events.push('flush'),
};

interface Row {
  readonly title: string;
  readonly run: (disk: Disk, folder: string) => Promise<unknown>;
  readonly events: readonly string[];
}

const TABLE: readonly Row[] = [
  {
    title: 'replace: the content before the name, the name before it returns',
    run: (disk, folder) => disk.replace(join(folder, 'new'), bytes('x')),
    events: ['before', 'fsync .new.holdfast~', 'inside', 'fsync new', 'fsync d', 'after'],
  },
  {
    title: 'replace with verify: read back between the two',
    run: (disk, folder) => disk.replace(join(folder, 'new'), bytes('x'), { verify: true }),
    events: ['before', 'fsync .new.holdfast~', 'drop', 'inside', 'fsync new', 'fsync d', 'after'],
  },
  {
    title: 'writeStream: as replace, read back unless told otherwise',
    run: (disk, folder) => disk.writeStream(join(folder, 'new'), pieces('x'), { maxBytes: 1 }),
    events: ['before', 'fsync .new.holdfast~', 'drop', 'inside', 'fsync new', 'fsync d', 'after'],
  },
  {
    title: 'writeStream without verify',
    run: (disk, folder) => disk.writeStream(join(folder, 'new'), pieces('x'), { maxBytes: 1, verify: false }),
    events: ['before', 'fsync .new.holdfast~', 'inside', 'fsync new', 'fsync d', 'after'],
  },
  {
    title: 'rewrite: always read back',
    run: (disk, folder) => disk.rewrite(join(folder, 'file'), bytes('x')),
    events: ['before', 'inside', 'fsync file', 'drop', 'after'],
  },
  {
    title: 'swapSymlink: the name',
    run: (disk, folder) => disk.swapSymlink('file', join(folder, 'link')),
    events: ['before', 'inside', 'fsync d', 'after'],
  },
  {
    title: 'mkdir: each directory and the one it is in',
    run: (disk, folder) => disk.mkdir(join(folder, 'a/b')),
    events: ['before', 'inside', 'fsync a', 'fsync d', 'after', 'before', 'inside', 'fsync b', 'fsync a', 'after'],
  },
  { title: 'mkdir of what is there: nothing', run: (disk, folder) => disk.mkdir(folder), events: [] },
  {
    title: 'rename: what was moved, then the new directory before the old one, so that the file is never in neither',
    run: (disk, folder) => disk.rename(join(folder, 'file'), join(folder, 'sub/file')),
    events: ['before', 'inside', 'fsync file', 'fsync sub', 'fsync d', 'after'],
  },
  {
    title: 'rename within a directory: what was moved, and the directory once',
    run: (disk, folder) => disk.rename(join(folder, 'file'), join(folder, 'other')),
    events: ['before', 'inside', 'fsync other', 'fsync d', 'after'],
  },
  {
    title: 'remove of a file: its directory',
    run: (disk, folder) => disk.remove(join(folder, 'file')),
    events: ['before', 'inside', 'fsync d', 'after'],
  },
  {
    title: 'remove of a directory: out of sight first',
    run: (disk, folder) => disk.remove(join(folder, 'sub')),
    events: ['before', 'fsync d', 'inside', 'fsync d', 'after'],
  },
  {
    title: 'readStream: what the medium has, not what memory remembers; and nothing of it is remembered',
    run: async (disk, folder) => {
      for await (const piece of disk.readStream(join(folder, 'file'))) events.push(String(piece.length));
    },
    events: ['drop', '7', 'drop'],
  },
  { title: 'remove of nothing: nothing', run: (disk, folder) => disk.remove(join(folder, 'no')), events: [] },
];

t.test('the real disk makes each write durable, in the right order', async (t) => {
  const base = t.testdir();
  for (const [index, row] of TABLE.entries()) {
    const folder = join(base, String(index), 'd');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'file'), 'content');
    events.length = 0;
    await row.run(
      realDisk(cache, (_, moment) => void events.push(moment)),
      folder,
    );
    t.strictSame(events, row.events, row.title);
  }
});
