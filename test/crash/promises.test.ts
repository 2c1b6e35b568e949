import t from 'tap';
import type { Entry, Picture } from './picture.ts';
import { promisesOf } from './promises.ts';
import type { Step } from './trace.ts';

const file = (text: string): Entry => ({ kind: 'file', mode: 0o644, bytes: Buffer.from(text) });
const folder: Entry = { kind: 'directory', mode: 0o755 };
const mark = (text: string): Step => ({ kind: 'mark', text });
const start: Picture = new Map([
  ['/d', folder],
  ['/d/x', file('old')],
  ['/raw', file('0123456789')],
]);
const inodes = new Map([
  ['/', 1],
  ['/d', 2],
  ['/d/x', 3],
  ['/raw', 4],
]);

/** What the promises after each step say about a picture: `ok`, or the first complaint. */
function verdicts(steps: readonly Step[], changes: Readonly<Record<string, Entry | undefined>>): string[] {
  const picture = new Map(start);
  for (const [path, entry] of Object.entries(changes)) {
    if (entry === undefined) picture.delete(path);
    else picture.set(path, entry);
  }
  const calls = { space: 0, io: 0, read: 0 };
  return promisesOf({ picture: start, inodes, steps, calls }).map((checks) => {
    const said = checks.map((check) => check(picture)).find((what) => what !== undefined);
    return said === undefined ? 'ok' : /half done|finished|size/.exec(said)?.[0] || said;
  });
}

const replacing: readonly Step[] = [
  mark('before replace 0 /d/x'),
  { kind: 'create', path: '/d/.x~', inode: 5, mode: 0o644 },
  { kind: 'write', inode: 5, offset: 0, data: Buffer.from('new') },
  { kind: 'rename', from: '/d/.x~', to: '/d/x' },
  mark('after replace 0 /d/x'),
  mark('before replace 0 /d/y'),
];

t.test('a replaced file is the old one or the new one, and after the end the new one', async (t) => {
  t.strictSame(verdicts(replacing, {}), ['ok', 'ok', 'ok', 'ok', 'finished', 'finished']);
  t.strictSame(verdicts(replacing, { '/d/x': file('new') }), Array(6).fill('ok'));
  t.strictSame(verdicts(replacing, { '/d/x': file('ne') }).slice(0, 5), [...Array(4).fill('half done'), 'finished']);
  t.strictSame(verdicts(replacing, { '/d/x': undefined }).slice(0, 4), Array(4).fill('half done'));
});

t.test('the next write of the same file ends the promise about the last one', async (t) => {
  const again: Step[] = [...replacing.slice(0, 5), mark('before remove 0 /d/x'), { kind: 'unlink', path: '/d/x' }];
  const gone = verdicts([...again, mark('after remove 0 /d/x')], { '/d/x': undefined });
  t.strictSame(gone.slice(4), ['finished', 'ok', 'ok', 'ok']);
});

t.test('a region that was rewritten is there afterwards; under way it may be torn, and the size stays', async (t) => {
  const steps: Step[] = [
    mark('before rewrite 2 /raw'),
    { kind: 'write', inode: 4, offset: 2, data: Buffer.from('AB') },
    mark('after rewrite 2 /raw'),
  ];
  t.strictSame(verdicts(steps, { '/raw': file('01AB456789') }), ['ok', 'ok', 'ok']);
  t.strictSame(verdicts(steps, { '/raw': file('01A3456789') }), ['ok', 'ok', 'finished']);
  t.strictSame(verdicts(steps, { '/raw': file('xxABxxxxxx') }).at(-1), 'ok', 'the rest is not its business');
  t.strictSame(verdicts(steps, { '/raw': file('01AB') }).slice(0, 2), ['size', 'size']);
});

t.test('of a rename both names count', async (t) => {
  const steps: Step[] = [
    mark('before rename 0 /moved'),
    { kind: 'rename', from: '/d/x', to: '/moved' },
    mark('after rename 0 /moved'),
  ];
  t.strictSame(verdicts(steps, {}), ['ok', 'ok', 'finished']);
  t.strictSame(verdicts(steps, { '/d/x': undefined, '/moved': file('old') }), ['ok', 'ok', 'ok']);
  t.strictSame(verdicts(steps, { '/moved': file('old') }), ['half done', 'half done', 'finished'], 'never both');
  t.strictSame(verdicts(steps, { '/d/x': undefined }), ['half done', 'half done', 'finished'], 'never none');
});

t.test('a new folder is there with its mode, whatever comes into it', async (t) => {
  const steps: Step[] = [
    mark('before mkdir 0 /n'),
    { kind: 'mkdir', path: '/n', inode: 6, mode: 0o700 },
    { kind: 'mode', inode: 6, mode: 0o755 },
    mark('after mkdir 0 /n'),
    mark('before replace 0 /n/y'),
  ];
  t.strictSame(verdicts(steps, {}).slice(2), ['ok', 'finished', 'finished']);
  t.strictSame(verdicts(steps, { '/n': { kind: 'directory', mode: 0o700 } }).slice(2), ['ok', 'finished', 'finished']);
  t.strictSame(verdicts(steps, { '/n': folder, '/n/y': file('y') }), ['ok', 'ok', 'ok', 'ok', 'ok']);
});
