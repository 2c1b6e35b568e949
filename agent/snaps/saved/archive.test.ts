import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ArchiveRequest, archiveOf, sizeOf } from './archive.ts';
import { exclusion } from './exclude.ts';
import { alice, gathered, inPieces, temporaryFolder, tool } from './testing.ts';
import { Directory } from './tree.ts';
import { unpack } from './unpack.ts';

const none = exclusion([], 'system', '7');

async function archived(folder: string, more: Partial<ArchiveRequest> = {}): Promise<Buffer> {
  await using base = await Directory.at(folder);
  return await gathered(archiveOf({ base, folders: ['7', 'common'], excluded: none, note: () => {}, ...more }));
}

/** Kinds, modes, owners, times, contents, links; of directories and files. */
function pictureOf(folder: string): Record<string, unknown> {
  const names = execFileSync('find', ['.', '-mindepth', '1', '-print0'], { cwd: folder })
    .toString('latin1')
    .split('\0')
    .slice(0, -1);
  return Object.fromEntries(
    names.sort().map((name) => {
      const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
      const { mode, uid, gid, nlink, mtimeMs, size } = lstatSync(path);
      const kind = lstatSync(path);
      const content = kind.isFile()
        ? readFileSync(path, 'latin1')
        : kind.isSymbolicLink()
          ? readlinkSync(path)
          : undefined;
      // The number of names of a directory is the file system's.
      return [
        name,
        [
          mode,
          uid,
          gid,
          kind.isDirectory() ? 0 : nlink,
          Math.floor(mtimeMs / 1000),
          content,
          kind.isDirectory() ? 0 : size,
        ],
      ];
    }),
  );
}

function example(folder: string): void {
  mkdirSync(join(folder, '7/a/b'), { recursive: true });
  mkdirSync(join(folder, 'common'));
  mkdirSync(join(folder, '6'));
  writeFileSync(join(folder, '7/a/file'), 'x'.repeat(300_000), { mode: 0o640 });
  writeFileSync(join(folder, '7/a/b/setuid'), 'program');
  chmodSync(join(folder, '7/a/b/setuid'), 0o4755);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/7/`), Buffer.from([0xff, 0x0a])]), 'no text');
  writeFileSync(join(folder, '7', 'n'.repeat(255)), 'long');
  linkSync(join(folder, '7/a/file'), join(folder, 'common/same'));
  symlinkSync('/etc/passwd', join(folder, '7/away'));
  writeFileSync(join(folder, 'common/holes'), 'begin');
  truncateSync(join(folder, 'common/holes'), 3_000_000);
  appendFileSync(join(folder, 'common/holes'), 'end');
  writeFileSync(join(folder, 'common/all-hole'), '');
  truncateSync(join(folder, 'common/all-hole'), 500_000);
  for (const name of ['7/a/file', '7/a', '7']) utimesSync(join(folder, name), 1_600_000_000, 1_600_000_000);
  chmodSync(join(folder, 'common'), 0o1777);
}

t.test('what is archived and unpacked is the same, as tar makes it, too', async (t) => {
  const folder = await temporaryFolder(t);
  example(folder);
  const bytes = await archived(folder);
  rmSync(join(folder, '6'), { recursive: true });
  const before = pictureOf(folder);
  const [ours, theirs] = [await temporaryFolder(t), await temporaryFolder(t)];
  await using target = await Directory.at(ours);
  await unpack(inPieces(bytes, 5000), target, { folders: ['7', 'common'], maxBytes: 1 << 20, note: t.fail });
  t.strictSame(pictureOf(ours), before);
  t.ok(statSync(join(ours, 'common/holes')).blocks < 100, 'holes are holes again');
  t.ok(bytes.length < 600_000, 'and were not written');
  execFileSync('tar', ['-xpC', theirs, '--numeric-owner'], { input: bytes });
  t.strictSame(pictureOf(theirs), before, 'tar unpacks the same');
  const made = execFileSync('tar', ['-cC', folder, '--sparse', '--format=gnu', '7', 'common'], { maxBuffer: 1 << 24 });
  const other = await temporaryFolder(t);
  await using last = await Directory.at(other);
  await unpack(inPieces(made, 9999), last, { folders: ['7', 'common'], maxBytes: 1 << 20, note: t.fail });
  t.strictSame(pictureOf(other), before, 'and what tar has packed is unpacked');
});

t.test('what is left out, and what cannot be saved', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, '7/cache/deep'), { recursive: true });
  writeFileSync(join(folder, '7/cache/deep/file'), '');
  writeFileSync(join(folder, '7/kept'), '');
  execFileSync('mkfifo', [join(folder, '7/pipe')]);
  const notes: string[] = [];
  const excluded = exclusion(['$SNAP_DATA/cache'], 'system', '7');
  const bytes = await archived(folder, { folders: ['7'], excluded, note: (text) => notes.push(text) });
  t.strictSame(execFileSync('tar', ['-t'], { input: bytes, encoding: 'utf8' }).trim().split('\n'), ['7/', '7/kept']);
  t.strictSame(notes, ['"7/pipe" is not saved: it is a socket, a pipe or a device']);
});

/** Takes the archive piece by piece, and does something once so much of it is there. */
async function meddled(folder: string, meddle: (bytes: number) => void): Promise<{ bytes: Buffer; notes: string[] }> {
  const notes: string[] = [];
  await using base = await Directory.at(folder);
  const pieces: Uint8Array[] = [];
  for await (const piece of archiveOf({ base, folders: ['7'], excluded: none, note: (text) => notes.push(text) })) {
    pieces.push(piece);
    meddle(pieces.reduce((sum, { length }) => sum + length, 0));
  }
  return { bytes: Buffer.concat(pieces), notes };
}

async function unpackedFile(t: Parameters<typeof temporaryFolder>[0], bytes: Buffer): Promise<string> {
  const folder = await temporaryFolder(t);
  await using target = await Directory.at(folder);
  await unpack(inPieces(bytes), target, { folders: ['7'], maxBytes: 1 << 24, note: () => {} });
  const peer = await temporaryFolder(t);
  execFileSync('tar', ['-xC', peer], { input: bytes });
  const ours = readFileSync(join(folder, '7/file'), 'latin1');
  if (ours !== readFileSync(join(peer, '7/file'), 'latin1')) throw new Error('tar has unpacked another file');
  return ours;
}

for (const [what, change] of [
  ['is written over', (path: string) => writeFileSync(path, 'b'.repeat(600_000))],
  ['grows', (path: string) => appendFileSync(path, 'b'.repeat(1000))],
  ['shrinks', (path: string) => truncateSync(path, 10)],
] as const) {
  t.test(`a file that ${what} while it is read is in the archive as it is afterwards`, async (t) => {
    const folder = await temporaryFolder(t);
    mkdirSync(join(folder, '7'));
    const path = join(folder, '7/file');
    writeFileSync(path, 'a'.repeat(600_000));
    let isDone = false;
    const { bytes, notes } = await meddled(folder, (there) => {
      if (isDone || there < 200_000) return;
      isDone = true;
      change(path);
    });
    t.ok(isDone);
    const text = await unpackedFile(t, bytes);
    t.equal(text === readFileSync(path, 'latin1'), true, 'not half of each');
    t.strictSame(notes, []);
  });
}

t.test('a file that never comes to rest is told, and does not break the archive', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, '7'));
  writeFileSync(join(folder, '7/file'), 'a'.repeat(600_000));
  writeFileSync(join(folder, '7/other'), 'other');
  const { bytes, notes } = await meddled(folder, () => appendFileSync(join(folder, '7/file'), 'more'));
  t.strictSame(notes, ['"7/file" was written to all the time while it was saved']);
  t.match(await unpackedFile(t, bytes), /^a{600000}(more)+$/);
});

t.test('a file that is replaced by another one meanwhile is the old or the new one', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, '7'));
  writeFileSync(join(folder, '7/file'), 'a'.repeat(600_000));
  const { bytes } = await meddled(folder, () => {
    writeFileSync(join(folder, 'next'), 'b'.repeat(700_000));
    renameSync(join(folder, 'next'), join(folder, '7/file'));
  });
  t.match(await unpackedFile(t, bytes), /^(a{600000}|b{700000})$/);
});

t.test('files that go while others are read are not missed', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, '7/sub'), { recursive: true });
  for (const name of ['file', 'gone', 'sub/gone']) writeFileSync(join(folder, '7', name), 'text');
  const { bytes } = await meddled(folder, () => {
    rmSync(join(folder, '7/gone'), { force: true });
    rmSync(join(folder, '7/sub'), { recursive: true, force: true });
  });
  t.equal(execFileSync('tar', ['-t'], { input: bytes, encoding: 'utf8' }), '7/\n7/file\n');
});

t.test('of a home only what its user may read is archived', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, '7'));
  writeFileSync(join(folder, '7/file'), 'text', { mode: 0o644 });
  // Whose files these are depends on who runs this: the reader is somebody else.
  const reader = { ...alice, uid: statSync(folder).uid + 5, gid: statSync(folder).gid + 5 };
  t.match(execFileSync('tar', ['-t'], { input: await archived(folder, { reader }), encoding: 'utf8' }), /7\/file/);
  chmodSync(join(folder, '7/file'), 0o640);
  const denied = {
    code: 'not-permitted',
    message: 'cannot create archive: "7/file" in the home of user "alice": permission denied',
  };
  await t.rejects(archived(folder, { reader }), denied);
  await t.resolves(
    archived(folder, { reader: { ...reader, gid: statSync(folder).gid } }),
    'for its group it is readable',
  );
  await t.resolves(archived(folder, { reader: { ...reader, uid: statSync(folder).uid } }), 'and for its owner');
  chmodSync(join(folder, '7/file'), 0o644);
  chmodSync(join(folder, '7'), 0o700);
  await t.rejects(archived(folder, { reader }), { code: 'not-permitted', message: /"7" in the home/ });
});

t.test('a directory that becomes a link leads nowhere', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, '7'));
  symlinkSync('/etc', join(folder, 'common'));
  const bytes = await archived(folder);
  t.equal(execFileSync('tar', ['-t'], { input: bytes, encoding: 'utf8' }), '7/\ncommon\n', 'it is archived as a link');
});

t.test('the size of data is that of its files', async (t) => {
  const folder = await temporaryFolder(t);
  example(folder);
  await using base = await Directory.at(folder);
  const sizes = await tool('find', join(folder, '7'), join(folder, 'common'), '-type', 'f', '-printf', '%s\\n');
  const total = sizes
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0);
  t.equal(await sizeOf(base, ['7', 'common', 'nothing']), total);
});
