/** Archives that somebody has made to get out of the directory, or to fill it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encodeHeader, letters, padding, type SparseMap, type TarHeader, tarEnd } from './tar-header.ts';
import { inPieces, temporaryFolder } from './testing.ts';
import { Directory, removeTree } from './tree.ts';
import { type UnpackOptions, unpack } from './unpack.ts';

interface Entry extends Partial<TarHeader> {
  readonly name: string;
  readonly text?: string;
  readonly sparse?: SparseMap;
}

const file = (name: string, text = 'text'): Entry => ({ name, text });
const folder = (name: string): Entry => ({ name, letter: letters.directory, mode: 0o755 });
const symlink = (name: string, link: string): Entry => ({ name, link, letter: letters.symlink });
const hardlink = (name: string, link: string): Entry => ({ name, link, letter: letters.hardlink });

function archiveWith(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ text = '', sparse, ...more }) => {
    const header = {
      letter: letters.file,
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: 1,
      size: text.length,
      link: '',
      ...more,
    };
    return [encodeHeader(header, sparse), Buffer.from(text), padding(text.length)];
  });
  return Buffer.concat([...parts, tarEnd]);
}

/** A directory with `inside`, into which is unpacked, and with what nobody may touch. */
async function unpacked(t: Test, entries: readonly Entry[], options: Partial<UnpackOptions> = {}) {
  const top = await temporaryFolder(t);
  mkdirSync(join(top, 'inside'));
  mkdirSync(join(top, 'outside'));
  writeFileSync(join(top, 'outside/victim'), 'victim');
  const notes: string[] = [];
  await using target = await Directory.at(join(top, 'inside'));
  const error = await unpack(inPieces(archiveWith(entries)), target, {
    ...{ folders: ['7', 'common'], maxBytes: 10_000, note: (text: string) => notes.push(text), ...options },
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  t.strictSame(readdirSync(join(top, 'outside')), ['victim'], 'nothing is outside');
  t.equal(readFileSync(join(top, 'outside/victim'), 'utf8'), 'victim');
  t.strictSame(readdirSync(top).sort(), ['inside', 'outside']);
  return { inside: join(top, 'inside'), error, notes };
}

const escapes: Readonly<Record<string, readonly Entry[]>> = {
  'a path upwards': [file('7/../../outside/new')],
  'a path upwards at once': [file('../outside/new')],
  'an absolute path': [file('/tmp/holdfast-escape')],
  'only dots': [folder('7/..')],
  nothing: [folder('')],
  'a NUL': [{ name: 'x', text: '14 path=7/a\0b\n', letter: letters.pax }, file('7/a')],
  'a name that is too long': [file(`7/${'x'.repeat(256)}`)],
  'a path that is too long': [file(`7/${'x/'.repeat(2100)}x`)],
  'a file at the top': [file('7')],
  'a link at the top': [symlink('common', '../outside')],
  'another folder': [folder('8')],
  'a file through a link': [folder('7'), symlink('7/out', '../../outside'), file('7/out/new')],
  'a folder through a link': [folder('7'), symlink('7/out', '../../outside'), folder('7/out/new')],
  'a folder in the place of a link': [folder('7'), symlink('7/out', '../../outside'), folder('7/out')],
  'a hard link upwards': [hardlink('7/new', '../outside/victim'), file('7/new', 'changed')],
  'a hard link to an absolute path': [hardlink('7/new', '/etc/passwd')],
  'a hard link through a link': [folder('7'), symlink('7/out', '../../outside'), hardlink('7/new', '7/out/victim')],
  'a hard link to a link': [folder('7'), symlink('7/out', '../../outside/victim'), hardlink('7/new', '7/out')],
  'a hard link to nothing': [hardlink('7/new', '7/nothing')],
  'a hard link to a folder': [folder('7/sub'), hardlink('7/new', '7/sub')],
  'a link to nowhere': [symlink('7/link', '')],
  'a folder and a file': [folder('7/x'), file('7/x')],
  'a file and a folder': [file('7/x'), folder('7/x')],
  'a file and what is in it': [file('7/x'), file('7/x/y')],
};

for (const [what, entries] of Object.entries(escapes)) {
  t.test(`refused: ${what}`, async (t) => {
    const { error } = await unpacked(t, entries);
    t.match(error, { code: 'not-a-snapshot', message: /^cannot unpack: / });
    t.notOk(existsSync('/tmp/holdfast-escape'));
  });
}

t.test('a file in the place of a link is a file, and what the link leads to is left alone', async (t) => {
  const { inside, error } = await unpacked(t, [symlink('7/x', '../../outside/victim'), file('7/x', 'mine')]);
  t.equal(error, undefined);
  t.equal(readFileSync(join(inside, '7/x'), 'utf8'), 'mine');
});

t.test('links may lead anywhere: nothing here follows them', async (t) => {
  const { inside, error } = await unpacked(t, [folder('./7/'), symlink('./7/link', '/etc/passwd')]);
  t.equal(error, undefined);
  t.equal(readlinkSync(join(inside, '7/link')), '/etc/passwd');
});

t.test('what grows beyond its bound is refused', async (t) => {
  const { error } = await unpacked(t, [file('7/a', 'x'.repeat(6000)), file('7/b', 'x'.repeat(4001))]);
  t.match(error, { code: 'too-large', message: 'cannot unpack: it has more than 10000 bytes' });
  const sparse = { size: 2 ** 40, segments: [{ offset: 2 ** 40 - 3, size: 3 }] };
  const hole = await unpacked(t, [{ name: '7/hole', text: 'end', sparse, letter: letters.sparse }]);
  t.equal(hole.error, undefined, 'a hole takes no room');
});

t.test('pipes and devices are told', async (t) => {
  const { error, notes, inside } = await unpacked(t, [
    { name: '7/null', letter: '3' },
    { name: '7/pipe', letter: '6' },
  ]);
  t.equal(error, undefined);
  t.strictSame(notes, [
    '"7/null" is not restored: it is a pipe or a device',
    '"7/pipe" is not restored: it is a pipe or a device',
  ]);
  t.strictSame(readdirSync(join(inside, '7')), []);
});

t.test('removing a tree follows no link, and takes what is closed', async (t) => {
  const top = await temporaryFolder(t);
  mkdirSync(join(top, 'outside'));
  writeFileSync(join(top, 'outside/victim'), '');
  execFileSync('sh', ['-c', 'mkdir -p x/a/b && touch x/a/b/c && ln -s ../outside x/out && chmod 0 x/a/b x/a'], {
    cwd: top,
  });
  await using directory = await Directory.at(top);
  await removeTree(directory, 'x');
  await removeTree(directory, 'x');
  t.strictSame(readdirSync(top), ['outside']);
  t.strictSame(readdirSync(join(top, 'outside')), ['victim']);
});
