import t from 'tap';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { isLaunchFileOf, launchFileOf, launchText, maxLaunchBytes } from './file.ts';

const info = (more: string) => parseSnapInfo(`name: demo\nversion: '1'\nsummary: s\n${more}\n`);
const place = { instance: 'demo_key', revision: 'x7' };
const textOf = (more: string, flags = {}, hooks: readonly string[] = []) =>
  launchText(info(more), place, { architecture: 'amd64', flags, hooks });
const linesOf = (...given: Parameters<typeof textOf>) => textOf(...given).split('\n');

t.test('the whole file of a small snap', async (t) => {
  const yaml = `base: core22
confinement: devmode
environment: {ONE: "a\\nb\\\\"}
apps:
  tool:
    command: bin/tool --x
    common-id: org.example.50%
    command-chain: [bin/wrap, bin/two]
    environment: {TWO: "$ONE%"}
  svc: {command: bin/svc, daemon: simple, stop-command: bin/stop, reload-command: bin/reload, post-stop-command: bin/post}
  mine: {command: bin/mine, daemon: simple, daemon-scope: user}
hooks: {configure: {command-chain: [bin/wrap], environment: {H: h}}}`;
  t.strictSame(linesOf(yaml, { devmode: true }, ['install', 'configure']), [
    'holdfast-launch 1',
    'instance demo_key',
    'revision x7',
    'confinement devmode',
    'base core22',
    'folder %h/snap',
    'folder %h/snap/demo_key',
    'folder %h/snap/demo_key/x7',
    'folder %h/snap/demo_key/common',
    'current-link %h/snap/demo_key/current',
    'runtime-folder /run/user/%e/snap.demo_key',
    'set SNAP=/snap/demo_key/x7',
    'set SNAP_COMMON=/var/snap/demo_key/common',
    'set SNAP_DATA=/var/snap/demo_key/x7',
    'set SNAP_NAME=demo',
    'set SNAP_INSTANCE_NAME=demo_key',
    'set SNAP_INSTANCE_KEY=key',
    'set SNAP_VERSION=1',
    'set SNAP_REVISION=x7',
    'set SNAP_ARCH=amd64',
    'set SNAP_LIBRARY_PATH=/var/lib/snapd/lib/gl:/var/lib/snapd/lib/gl32:/var/lib/snapd/void',
    'expand SNAP_REEXEC=$SNAP_REEXEC',
    'set SNAP_UID=%u',
    'set SNAP_EUID=%e',
    'directory SNAP_SAVE_DATA=/var/lib/snapd/save/snap/demo_key',
    'user SNAP_USER_COMMON=%h/snap/demo_key/common',
    'user SNAP_USER_DATA=%h/snap/demo_key/x7',
    'user HOME=%h/snap/demo_key/x7',
    'user XDG_RUNTIME_DIR=/run/user/%e/snap.demo_key',
    'user SNAP_REAL_HOME=%h',
    'set PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games',
    'set TMPDIR=/tmp',
    'set TEMPDIR=/tmp',
    'expand ONE=a\\nb\\\\',
    'app tool',
    'set SNAP_APP_NAME=tool',
    'set SNAP_APP_COMMON_ID=org.example.50%%',
    'expand TWO=$ONE%',
    'chain bin/wrap',
    'chain bin/two',
    'command bin/tool --x',
    'app svc',
    'service system',
    'set SNAP_APP_NAME=svc',
    'command bin/svc',
    'stop-command bin/stop',
    'reload-command bin/reload',
    'post-stop-command bin/post',
    'app mine',
    'service user',
    'set SNAP_APP_NAME=mine',
    'command bin/mine',
    'hook configure',
    'expand H=h',
    'chain bin/wrap',
    'hook install',
    'end',
    '',
  ]);
});

t.test('what it is kept to, and on what', async (t) => {
  const of = (...given: Parameters<typeof textOf>) =>
    linesOf(...given)
      .filter((line) => /^(confinement|base) /.test(line))
      .join(', ');
  t.equal(of('base: core22'), 'confinement strict, base core22');
  t.equal(of('base: core22', { devmode: true }), 'confinement devmode, base core22');
  t.equal(of('base: core22', { devmode: true, jailmode: true }), 'confinement strict, base core22');
  t.equal(of('base: core22\nconfinement: classic', { classic: true }), 'confinement classic', 'it sees what booted');
  t.equal(of('confinement: strict'), 'confinement strict, base core', 'as no base stands for in apps');
  t.equal(of('base: none'), 'confinement strict, base none');
  t.equal(of('type: kernel'), 'confinement strict', 'whichever boots');
});

t.test('a snap that has more to say than the launcher reads is refused', async (t) => {
  const long = (length: number) => `base: core22\nenvironment: {A: "${'x'.repeat(length)}"}`;
  const rest = textOf(long(0)).length;
  const repeated = (bytes: number) =>
    `base: core22\nenvironment: &e {A: "${'x'.repeat(bytes)}"}\napps: {a: {command: a, environment: *e}}`;
  t.equal(textOf(long(400_000)).length, rest + 400_000);
  t.throws(() => textOf(repeated(maxLaunchBytes / 2)), {
    code: 'too-large',
    message: 'cannot link "demo_key": what its programs are started with takes more than 512 KiB',
  });
});

t.test('where it is, and whose it is', async (t) => {
  t.equal(launchFileOf(place), '/var/lib/snapd/launch/demo_key_x7');
  for (const [name, instance, isOwn] of [
    ['demo_7', 'demo', true],
    ['demo_x7', 'demo', true],
    ['demo_7_3', 'demo', false],
    ['demo_7_3', 'demo_7', true],
    ['demo_key_7', 'demo', false],
    ['demo_7.123', 'demo', false],
    ['demo2_7', 'demo', false],
    ['demo_', 'demo', false],
  ] as const)
    t.equal(isLaunchFileOf(name, instance), isOwn, `${name} of ${instance}`);
});
