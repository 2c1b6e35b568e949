import t from 'tap';
import { Medium, type MediumOptions } from './medium.ts';
import type { Entry, Picture } from './picture.ts';
import type { Step } from './trace.ts';

const file = (text: string): Entry => ({ kind: 'file', mode: 0o644, bytes: Buffer.from(text) });
const folder: Entry = { kind: 'directory', mode: 0o755 };
const before: Picture = new Map([
  ['/d', folder],
  ['/d/old', file('old')],
  ['/e', folder],
]);
const inodes = new Map([
  ['/', 1],
  ['/d', 2],
  ['/d/old', 3],
  ['/e', 4],
]);

const create: Step = { kind: 'create', path: '/d/new', inode: 5, mode: 0o600 };
const write: Step = { kind: 'write', inode: 5, offset: 0, data: Buffer.from('new') };
const sync = (inode: number): Step => ({ kind: 'sync', inode });
const rename = (from: string, to: string): Step => ({ kind: 'rename', from, to });

function played(steps: readonly Step[], options: MediumOptions = {}): Medium {
  const medium = new Medium(before, inodes, options);
  for (const step of steps) medium.apply(step);
  return medium;
}

/** Files as `path=content`, after a power cut that leaves what is durable and these changes of names, by their numbers. */
function left(medium: Medium, kept: readonly number[] = []): string {
  const names = new Set(medium.names.filter((_, index) => kept.includes(index)));
  return shown(medium.image({ names, content: (node) => node.durable, isFilled: () => false }));
}

function shown(picture: Picture): string {
  return [...picture]
    .map(([path, entry]) => (entry.kind === 'file' ? `${path}=${Buffer.from(entry.bytes)}` : path))
    .join(' ');
}

t.test('what is not synced is lost, and content and name are synced apart', async (t) => {
  t.equal(left(played([create, write])), '/d /d/old=old /e', 'neither');
  t.equal(left(played([create, write, sync(2)])), '/d /d/new= /d/old=old /e', 'the name');
  t.equal(left(played([create, write, sync(5)])), '/d /d/old=old /e', 'the content, without a name');
  t.equal(left(played([create, write, sync(5), sync(2)])), '/d /d/new=new /d/old=old /e', 'both');
  t.equal(shown(played([create, write]).live()), '/d /d/new=new /d/old=old /e', 'who reads now sees both');
});

t.test('a rename within a folder is there whole or not at all', async (t) => {
  const medium = played([create, write, sync(5), sync(2), rename('/d/new', '/d/old')]);
  t.equal(left(medium), '/d /d/new=new /d/old=old /e');
  t.equal(left(medium, [0]), '/d /d/old=new /e');
});

t.test('a rename between folders may leave both names, and never none', async (t) => {
  const medium = played([rename('/d/old', '/e/moved')]);
  t.equal(left(medium, [0]), '/d /d/old=old /e /e/moved=old', 'the new name first');
  t.equal(left(medium, [1]), '/d /e /e/moved=old', 'what takes the old name away brings the new one');
  t.equal(left(played([rename('/d/old', '/e/moved'), sync(2)])), '/d /e /e/moved=old', 'also by a sync');
});

t.test('on a FAT a rename is two writes, and the new name is empty until its file is synced', async (t) => {
  const isFat = () => true;
  const medium = played([rename('/d/old', '/d/moved')], { isFat });
  t.equal(left(medium, [0]), '/d /d/moved= /d/old=old /e');
  t.equal(left(medium, [1]), '/d /e', 'it may be lost');
  t.equal(left(played([rename('/d/old', '/d/moved'), sync(2)], { isFat })), '/d /d/moved= /e');
  t.equal(left(played([rename('/d/old', '/d/moved'), sync(3), sync(2)], { isFat })), '/d /d/moved=old /e');
});

t.test('on ext4 a sync of any file makes names durable', async (t) => {
  t.equal(left(played([create, sync(3)], { fileSystem: 'ext4' })), '/d /d/new= /d/old=old /e');
  t.equal(left(played([create, sync(3)])), '/d /d/old=old /e', 'elsewhere it does not');
});

t.test('what is removed comes back, until its folder is synced', async (t) => {
  const medium = played([{ kind: 'unlink', path: '/d/old' }]);
  t.equal(left(medium), '/d /d/old=old /e');
  medium.apply(sync(2));
  t.equal(left(medium), '/d /e');
  t.ok(medium.isQuiet, 'and nothing is on its way any more');
});

t.test('truncating and modes wait for a sync of the file, too', async (t) => {
  const medium = played([
    { kind: 'truncate', inode: 3, size: 1 },
    { kind: 'mode', inode: 3, mode: 0o600 },
  ]);
  t.equal(left(medium), '/d /d/old=old /e');
  medium.apply(sync(3));
  t.equal(left(medium), '/d /d/old=o /e');
  t.match(medium.live().get('/d/old'), { mode: 0o600 });
});

t.test('a trace that names what it did not make is refused', async (t) => {
  t.throws(() => played([sync(99)]), /cannot follow the trace/);
  t.throws(() => played([rename('/nowhere', '/d/x')]), /cannot follow the trace/);
});
