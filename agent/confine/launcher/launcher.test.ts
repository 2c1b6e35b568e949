import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { SOURCES } from './compile.ts';
import { compileChecked, environmentIn, home, launcherDevice, uid } from './testing.ts';

const program = join(t.testdir(), 'snap');
await compileChecked(program, SOURCES);

const head = 'name: demo\nbase: bookworm\nconfinement: devmode\n';
const demo = `${head}environment: {ONE: "$SNAP/one"}
apps:
  demo: {command: bin/env -0}
  tool: {command: "bin/say --first $SNAP_REVISION", command-chain: [bin/say]}
  svc: {command: bin/say, daemon: simple, stop-command: bin/say stop, post-stop-command: bin/say post}
  gone: {command: bin/gone}
  flat: {command: bin/flat}
hooks: {configure: {command-chain: [bin/say]}, install: {}}
`;

t.test('the environment is that of the table in reference snaps §7', async (t) => {
  const given = { PATH: '/usr/bin', KEPT: 'yes', LD_PRELOAD: '', SNAP: '/wrong', HOME: '/wrong', SNAP_REEXEC: '0' };
  const device = await launcherDevice(t, program, given);
  await device.install(demo);
  const data = `${home}/snap/demo/7`;
  const { code, out, said } = await device.snap(['run', 'demo']);
  t.match({ code, said }, { code: 0, said: '' });
  t.strictSame(environmentIn(out), {
    KEPT: 'yes',
    SNAP: '/snap/demo/7',
    SNAP_COMMON: '/var/snap/demo/common',
    SNAP_DATA: '/var/snap/demo/7',
    SNAP_NAME: 'demo',
    SNAP_INSTANCE_NAME: 'demo',
    SNAP_INSTANCE_KEY: '',
    SNAP_VERSION: '1.0',
    SNAP_REVISION: '7',
    SNAP_ARCH: 'arm64',
    SNAP_LIBRARY_PATH: '/var/lib/snapd/lib/gl:/var/lib/snapd/lib/gl32:/var/lib/snapd/void',
    SNAP_REEXEC: '0',
    SNAP_UID: `${uid}`,
    SNAP_EUID: `${uid}`,
    SNAP_APP_NAME: 'demo',
    SNAP_USER_COMMON: `${home}/snap/demo/common`,
    SNAP_USER_DATA: data,
    SNAP_REAL_HOME: home,
    HOME: data,
    XDG_RUNTIME_DIR: `/run/user/${uid}/snap.demo`,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games',
    TMPDIR: '/tmp',
    TEMPDIR: '/tmp',
    ONE: '/snap/demo/7/one',
  });
  await device.put({ 'var/lib/snapd/save/snap/demo/x': '' });
  const again = environmentIn((await device.snap(['run', 'demo'])).out);
  t.equal(again['SNAP_SAVE_DATA'], '/var/lib/snapd/save/snap/demo', 'once there is a place for it');
});

t.test("the user's folders are made, for the user alone; `current` follows the revision", async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  const at = (path: string) => join(device.root, home, 'snap', path);
  t.equal((await device.snap(['run', 'demo'])).code, 0);
  for (const path of ['', 'demo', 'demo/7', 'demo/common']) t.equal(statSync(at(path)).mode & 0o777, 0o700, path);
  t.equal(statSync(join(device.root, `run/user/${uid}/snap.demo`)).mode & 0o777, 0o700);
  t.equal(readlinkSync(at('demo/current')), '7');
  await device.install(demo, { instance: 'demo', revision: '8' });
  await device.link('snap/demo/8', '7');
  t.equal((await device.snap(['run', 'demo'])).code, 0);
  t.equal(readlinkSync(at('demo/current')), '8');
  t.strictSame(readdirSync(at('demo')), ['7', '8', 'common', 'current'], 'and nothing more');

  const other = await launcherDevice(t, program);
  await other.install(demo);
  await other.put({ [`${home}/snap`]: 'a file' });
  const { code, said } = await other.snap(['run', 'demo']);
  t.equal(code, 0, 'it runs without them, too');
  t.equal(
    said,
    `WARNING: cannot create user data directory: ${home}/snap: Not a directory\n`.replace('/snap:', '/snap/demo:'),
  );
  await other.put({ 'etc/passwd': '' });
  const env = environmentIn((await other.snap(['run', 'demo'])).out);
  t.notOk('HOME' in env || 'SNAP_USER_DATA' in env, 'nobody has no home');
});

t.test('the command with its chain and arguments, by its name in /snap/bin and by an alias', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  await device.link('snap/bin/demo.tool', '/usr/bin/snap');
  await device.link('snap/bin/dm', 'demo.tool');
  const say = '/snap/demo/7/bin/say';
  // A script is given its path by the kernel, and that is in the folder of the test.
  const words = (...more: string[]) => [join(device.root, say), say, '--first', '7', ...more, ''].join('\n');
  t.equal((await device.snap(['run', 'demo.tool', '--command=stop', 'a b'])).out, words('--command=stop', 'a b'));
  t.equal((await device.snap(['--', 'run'], { argv0: '/snap/bin/demo.tool' })).out, words('--', 'run'));
  t.equal((await device.snap(['x'], { argv0: 'dm' })).out, words('x'));
});

t.test('commands of a service, hooks and the shell', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  const last = async (...words: string[]) => {
    const { code, out, said } = await device.snap(['run', ...words]);
    return code === 0 ? out.replaceAll(device.root, '') : `${code} ${said}`;
  };
  const say = '/snap/demo/7/bin/say\n';
  t.equal(await last('demo.svc'), say);
  t.equal(await last('--command=stop', 'demo.svc'), `${say}stop\n`);
  t.equal(await last('--command=post-stop', 'demo.svc'), `${say}post\n`);
  t.match(await last('--command=reload', 'demo.svc'), '1 error: cannot run "demo.svc": no "reload" command found\n');
  t.equal(await last('--hook=configure', '-r', '7', 'demo'), `${say}/snap/demo/7/meta/hooks/configure\n`);
  t.match(
    await last('--hook=install', 'demo'),
    /^127 .*cannot exec "\/snap\/demo\/7\/meta\/hooks\/install": No such file/,
  );
  t.match(await last('--hook=remove', 'demo'), '1 error: cannot find hook "remove" in "demo"\n');
  t.match(
    await last('--hook=configure', '-r', '8', 'demo'),
    '1 error: cannot read /var/lib/snapd/launch/demo_8: No such file',
  );
  await device.link('bin/bash', '/bin/sh');
  t.equal(await last('--shell', 'demo', '-c', 'echo $SNAP_APP_NAME $0'), 'demo /bin/bash\n');
  t.equal(await last('--timer=00:00-24:00', 'demo.svc'), say);
  t.match(await last('--timer=never', 'demo.svc'), '1 error: invalid timer format: "never"\n');
});

t.test('a timer at another time starts nothing, and that is no error', async (t) => {
  const device = await launcherDevice(t, program, { TZ: 'UTC' });
  await device.install(demo);
  const hour = (new Date().getUTCHours() + 12) % 24;
  const { code, out, said } = await device.snap(['run', `--timer=${hour}:00`, 'demo.svc']);
  t.match({ code, out }, { code: 0, out: '' });
  t.match(said, `attempted to run "demo.svc" timer outside of scheduled time "${hour}:00"\n`);
});

t.test('what cannot be run says why', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  await device.put({ 'snap/demo/7/bin/flat': 'no program', 'snap/off/3/x': '' });
  await device.install(demo.replace('bookworm', 'core22'), { instance: 'demo_other', revision: '1' });
  await device.install(demo, { instance: 'demo_strict', revision: '1' }, { flags: {} });
  await device.link('snap/bin/missing', '/usr/bin/snap');
  await device.link('snap/bin/demo.gone', '/usr/bin/snap');
  const cases = [
    [['run', 'none'], 1, 'snap "none" is not installed'],
    [['run', 'off'], 1, 'cannot run anything of snap "off": it has no current revision'],
    [['run', 'demo.none'], 1, 'cannot find app "none" in "demo"'],
    [['run', '../demo'], 1, 'cannot run "../demo": it is no name of a snap\'s app'],
    [
      ['run', 'demo.gone'],
      127,
      'cannot run "demo.gone": cannot exec "/snap/demo/7/bin/gone": No such file or directory',
    ],
    [['run', 'demo.flat'], 126, 'cannot run "demo.flat": cannot exec "/snap/demo/7/bin/flat": Permission denied'],
    [['run', '--what', 'demo'], 64, "unknown flag `what'"],
    [['run'], 1, 'need the application to run as argument'],
    [
      ['run', 'demo_other'],
      1,
      'cannot run "demo_other": it needs the base "core22"; this version runs only what is for the base that booted, "bookworm"',
    ],
    [
      ['run', 'demo_strict'],
      1,
      'cannot run "demo_strict": this version cannot confine it as its snap asks for; a snap installed with --devmode runs unconfined',
    ],
  ] as const;
  for (const [words, code, message] of cases)
    t.strictSame(await device.snap(words), { code, out: '', said: `error: ${message}\n` }, words.join(' '));
  const link = await device.snap([], { argv0: '/snap/bin/missing' });
  t.match(link, { code: 46, said: 'error: snap "missing" is not installed\n' });
  t.equal((await device.snap([], { argv0: '/snap/bin/demo.gone' })).code, 127);
  await device.put({ 'proc/cmdline': 'quiet\n' });
  t.match((await device.snap(['run', 'demo'])).said, 'it needs the base "bookworm", and nothing says which one runs');
  await device.put({ 'var/lib/snapd/modeenv': 'mode=run\nbase=bookworm_2.snap\n' });
  t.equal((await device.snap(['run', 'demo'])).code, 0, 'the modeenv says it');
});

t.test('launch files that are not valid end in an error', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  const file = 'var/lib/snapd/launch/demo_7';
  const good = readFileSync(join(device.root, file), 'utf8');
  const said = async (text: string) => {
    await device.put({ [file]: text });
    const { code, said } = await device.snap(['run', 'demo']);
    return `${code} ${said}`;
  };
  t.equal(await said('x'.repeat(600_000)), '1 error: cannot read /var/lib/snapd/launch/demo_7: it is too large\n');
  t.match(
    await said(good.slice(0, -4)),
    /^1 error: cannot run "demo": its launch file is not valid, line \d+: the end is missing\n$/,
  );
  t.match(await said('\0\n'), 'line 1: a zero byte in it');
  t.match(await said('garbage\n'), 'line 1: not of a version that is known here');
  t.match(await said(good.replace('revision 7', 'revision 8')), "its launch file is another snap's");
  t.match(await said(good.replace('confinement devmode', 'confinement none')), 'the confinement "none"');
  t.match(await said(good.replace('=%u\n', '=%x\n')), 'its launch file is not valid: the value of SNAP_UID');
  t.match(await said(good.replace('bin/env -0', '../../../bin/env')), 'it leads out of its snap');
  t.equal((await said(good)).slice(0, 2), '0 ', 'and the good one does run');
});

t.test('a command waits for the end of a refresh; a service starts as what it was', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  await device.put({
    'var/lib/snapd/inhibit/demo.lock': 'refresh',
    'var/lib/snapd/inhibit/demo.refresh': '{"previous":"7"}',
  });
  await rename(join(device.root, 'snap/demo/current'), join(device.root, 'snap/demo/hidden'));
  const service = await device.snap(['run', 'demo.svc']);
  t.match(service, { code: 0, said: '' });
  const { code, said, out } = await device.snap(['run', 'demo'], {
    onError: async () => {
      await device.install(demo.replace('name: demo', 'name: demo\nepoch: 0'), { instance: 'demo', revision: '8' });
      await device.link('snap/demo/8', '7');
      await device.put({ 'var/lib/snapd/inhibit/demo.new': '' });
      await rename(
        join(device.root, 'var/lib/snapd/inhibit/demo.new'),
        join(device.root, 'var/lib/snapd/inhibit/demo.lock'),
      );
    },
  });
  t.match({ code, said }, { code: 0, said: 'snap package "demo" is being refreshed, please wait\n' });
  t.equal(environmentIn(out)['SNAP_REVISION'], '8', 'it is started as what it is then');

  const saidWith = async (hint: string) => {
    await device.put({ 'var/lib/snapd/inhibit/demo.lock': hint });
    const { code, said } = await device.snap(['run', 'demo']);
    return `${code} ${said}`;
  };
  t.equal(await saidWith('remove'), '1 error: cannot run "demo", snap is being removed\n');
  t.equal(await saidWith('disable'), '1 error: cannot run "demo", snap is disabled\n');
  t.equal(
    await saidWith('gate-refresh'),
    '1 error: cannot run "demo", snap is being refreshed\n',
    'nobody says what ran',
  );
  t.equal((await device.snap(['run', '--hook=configure', 'demo'])).code, 0, 'who inhibits runs its hooks');
});

t.test('it waits for the lock of who writes the hint', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  const lock = 'var/lib/snapd/inhibit/demo.lock';
  await device.put({ [lock]: '' });
  const script = 'echo locked; read go; printf remove >> "$1"';
  const holder = spawn('flock', ['-x', join(device.root, lock), '/bin/sh', '-c', script, '-', join(device.root, lock)]);
  await once(holder.stdout, 'data');
  let [pid, isOver] = [0, false];
  const ended = device.snap(['run', 'demo'], {
    onStart: (started) => {
      pid = started;
    },
  });
  void ended.finally(() => {
    isOver = true;
  });
  const isWaiting = () => new RegExp(`-> FLOCK +ADVISORY +READ +${pid} `).test(readFileSync('/proc/locks', 'utf8'));
  while (!isOver && !isWaiting()) await setTimeout(5);
  t.notOk(isOver, 'it waits');
  holder.stdin.end('\n');
  t.match(await ended, { code: 1, said: 'error: cannot run "demo", snap is being removed\n' });
});

t.test('a command gets a scope by which a refresh sees it, and looks again whether it may run', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(demo);
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  const group = join(device.root, 'proc/self/cgroup');
  await device.put({
    'proc/self/cgroup': '0::/system.slice/other.service\n',
    'proc/sys/kernel/random/uuid': `${uuid}\n`,
    'usr/bin/busctl': `#!/bin/sh\necho "$@" >> ${device.root}/calls\necho "0::/system.slice/\${10}" > ${group}\n`,
  });
  t.equal((await device.snap(['run', 'demo.tool'])).code, 0);
  const calls = () => readFileSync(join(device.root, 'calls'), 'utf8');
  const before = '--system --timeout=5 --allow-interactive-authorization=no call org.freedesktop.systemd1';
  t.match(calls(), before);
  t.match(calls(), `StartTransientUnit ssa(sv)a(sa(sv)) snap.demo.tool-${uuid}.scope fail 2 PIDs au 1 `);
  t.match(calls(), / CollectMode s inactive-or-failed 0\n$/);
  t.equal((await device.snap(['run', 'demo.tool'])).code, 0);
  t.equal(calls().split('\n').length, 2, 'once it is in one, no other is asked for');

  await device.put({ 'proc/self/cgroup': '0::/system.slice/snap.demo.svc.service\n', calls: '' });
  t.equal((await device.snap(['run', 'demo.svc'])).code, 0);
  t.equal(calls(), '', 'a service is in its own group already');
  await device.put({
    'proc/self/cgroup': '0::/\n',
    'usr/bin/busctl': `#!/bin/sh\nprintf remove > ${device.root}/var/lib/snapd/inhibit/demo.lock\nexit 1\n`,
    'var/lib/snapd/inhibit/demo.lock': '',
  });
  t.match(await device.snap(['run', 'demo']), { code: 1, said: /snap is being removed/ }, 'removed meanwhile');
});

t.test("all else is the agent's command line", async (t) => {
  const device = await launcherDevice(t, program);
  t.match(await device.snap(['list']), {
    code: 1,
    said: /cannot start \/snap\/holdfast\/current\/bin\/holdfast: No such/,
  });
  await device.put({ 'snap/holdfast/current/bin/holdfast': '#!/bin/sh\necho "$@"\n' });
  await device.link('snap/bin/snap', '/usr/bin/snap');
  t.strictSame(await device.snap(['list', '--all']), { code: 0, out: 'list --all\n', said: '' });
  t.equal((await device.snap([])).out, '\n');
});

t.test('all of this is checked by the sanitizers', async (t) => {
  t.match(execFileSync('nm', [program], { encoding: 'utf8' }), '__asan_init');
});
