import t from 'tap';
import { checkExcludes, exclusion, parseManifest } from './exclude.ts';

t.test('a manifest names what is not saved', async (t) => {
  const text =
    'exclude:\n  - $SNAP_DATA/one\n  - $SNAP_COMMON/two\n  - $SNAP_USER_DATA/three*\n  - $SNAP_USER_COMMON/fo*ur\n';
  const paths = ['$SNAP_DATA/one', '$SNAP_COMMON/two', '$SNAP_USER_DATA/three*', '$SNAP_USER_COMMON/fo*ur'];
  t.strictSame(parseManifest(text), paths);
  t.strictSame(parseManifest('exclude: []'), []);
  t.strictSame(parseManifest('{}'), []);
});

t.test('a manifest with errors is refused in snapd’s words', async (t) => {
  const start =
    /^snapshot exclude path must start with one of \["\$SNAP_DATA" "\$SNAP_COMMON" "\$SNAP_USER_DATA" "\$SNAP_USER_COMMON"\]/;
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /^cannot read snapshot manifest: EOF$/],
    ['invalid', /^cannot read snapshot manifest: yaml: unmarshal errors:\n/],
    ['exclude: {a: 1}', /^cannot read snapshot manifest: yaml: unmarshal errors:\n/],
    ['exclude: [', /^cannot read snapshot manifest: /],
    ['exclude:\n  - /home/ubuntu', start],
    ['exclude:\n  - $SNAP_COMMON_STUFF', start],
    ['exclude:\n  - $SNAP_DATA/../../meh', /^snapshot exclude path not clean: "\$SNAP_DATA\/\.\.\/\.\.\/meh"$/],
    ['exclude:\n  - $SNAP_DATA/', /^snapshot exclude path not clean/],
    ['exclude:\n  - $SNAP_DATA//x', /^snapshot exclude path not clean/],
    ['exclude:\n  - $SNAP_DATA/{one,two}', /^snapshot exclude path contains invalid characters/],
    ['exclude:\n  - $SNAP_DATA/tree**', /^snapshot exclude path contains invalid characters/],
    ['exclude:\n  - $SNAP_DATA/foo[12]', /^snapshot exclude path contains invalid characters/],
    ['exclude:\n  - $SNAP_DATA/bar?', /^snapshot exclude path contains invalid characters/],
  ];
  for (const [text, message] of cases) t.throws(() => parseManifest(text), { code: 'bad-request', message }, text);
  t.throws(() => checkExcludes(Array(1001).fill('$SNAP_DATA/x')), { message: /more than 1000/ });
});

t.test('what a path means depends on whose data is saved', async (t) => {
  const paths = ['$SNAP_DATA/cache', '$SNAP_COMMON/log*.txt', '$SNAP_USER_COMMON', '$SNAP_USER_DATA/a.b/*'];
  const system = exclusion(paths, 'system', '7');
  const user = exclusion(paths, 'user', '7');
  const left = (excluded: (path: string) => boolean, ...all: string[]) => all.filter((path) => excluded(path));
  const all = [
    '7',
    '7/cache',
    '7/cache2',
    'common',
    'common/cache',
    'common/log.txt',
    'common/log/x.txt',
    '7/a.b/x',
    '7/aXb/x',
  ];
  t.strictSame(left(system, ...all), ['7/cache', 'common/log.txt'], 'a star stands for no slash');
  t.strictSame(left(user, ...all), ['common', '7/a.b/x'], 'and a dot for a dot');
  t.strictSame(left(exclusion(['$SNAP_DATA/é*'], 'system', '7'), Buffer.from('7/éa').toString('latin1')), [
    Buffer.from('7/éa').toString('latin1'),
  ]);
});
