import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { systemNotifier } from '../notify.ts';
import { receiver } from '../systemd-notify/receiver.ts';
import { buildAddon, hostArch } from './build.ts';
import { loadNative, native } from './native.ts';

const { path } = buildAddon(hostArch());
const addon = loadNative(path);

t.test('sendDatagram reaches a path and an abstract name', async (t) => {
  // Not t.testdir(): a socket's path has to fit into 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'hf-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const address of [join(folder, 'notify'), `@holdfast-native-test-${process.pid}`]) {
    const listener = await receiver(address);
    addon.sendDatagram(address, Buffer.from('READY=1\nSTATUS=up'));
    t.equal(await listener.next(), 'READY=1\nSTATUS=up', address.slice(0, 1));
    const notifier = systemNotifier(addon, { env: { NOTIFY_SOCKET: address } });
    await notifier.watchdog();
    t.equal(await listener.next(), 'WATCHDOG=1', 'as does the notifier of the daemon');
    await notifier.storeFds([openSync('/dev/null', 'r')], { name: 'null' });
    t.equal(await listener.next(), 'FDSTORE=1\nFDNAME=null', 'with descriptors');
    t.equal(await notifier.barrier(), true, 'a receiver that has read the message has closed what came with it');
    t.equal(await listener.next(), 'BARRIER=1');
    await listener.stop();
  }
});

t.test('renameExchange exchanges two files', async (t) => {
  const folder = t.testdir({ a: 'content of a', b: 'content of b' });
  addon.renameExchange(join(folder, 'a'), join(folder, 'b'));
  t.equal(readFileSync(join(folder, 'a'), 'utf8'), 'content of b');
  t.equal(readFileSync(join(folder, 'b'), 'utf8'), 'content of a');
});

t.test('flock answers false where another holds the lock', async (t) => {
  const file = join(t.testdir({ lock: '' }), 'lock');
  const [a, b] = [openSync(file, 'r+'), openSync(file, 'r+')];
  t.equal(addon.flock(a, 'ex', true), true);
  t.equal(addon.flock(b, 'ex', true), false);
  t.equal(addon.flock(a, 'un', true), true);
  t.equal(addon.flock(b, 'ex', false), true);
});

t.test('a refused call throws with the name of the errno', async (t) => {
  const file = openSync(join(t.testdir({ file: '' }), 'file'), 'r');
  const rows: readonly [call: () => unknown, errno: string][] = [
    [() => addon.peercred(file), 'ENOTSOCK'],
    [() => addon.sendDatagram('/nowhere/at/all', Buffer.from('x')), 'ENOENT'],
    [() => addon.fadviseDontNeed(1e6), 'EBADF'],
    [() => addon.flock(1e6, 'ex', true), 'EBADF'],
    [() => addon.syncfs(1e6), 'EBADF'],
    [() => addon.renameExchange('/nowhere/a', '/nowhere/b'), 'ENOENT'],
    [() => addon.blkflsbuf(file), 'ENOTTY'],
  ];
  for (const [call, errno] of rows) t.throws(call, { name: 'NativeError', code: 'refused', errno }, errno);
});

t.test('native() loads the addon named by HOLDFAST_NATIVE, once, and says where it looked', async (t) => {
  const was = process.env['HOLDFAST_NATIVE'];
  t.teardown(() => {
    if (was === undefined) delete process.env['HOLDFAST_NATIVE'];
    else process.env['HOLDFAST_NATIVE'] = was;
  });
  process.env['HOLDFAST_NATIVE'] = '/nowhere/holdfast.node';
  t.throws(() => native(), { code: 'not-built', message: /\/nowhere\/holdfast\.node.*make native/ });
  const broken = join(t.testdir({ 'holdfast.node': 'no ELF' }), 'holdfast.node');
  process.env['HOLDFAST_NATIVE'] = broken;
  t.throws(() => native(), { code: 'unusable' });
  process.env['HOLDFAST_NATIVE'] = path;
  t.equal(native(), native());
});

t.test('a build is repeated only after a change, and both architectures come out as what they are', async (t) => {
  const root = t.testdir();
  for (const [arch, machine] of [
    ['amd64', 62],
    ['arm64', 183],
  ] as const) {
    const first = buildAddon(arch, root);
    t.equal(first.built, true, `${arch} is built`);
    t.equal(readFileSync(first.path).readUInt16LE(18), machine, 'for its e_machine');
    t.ok(statSync(first.path).size < 42_000, 'and small');
    t.equal(buildAddon(arch, root).built, false, 'and not built again');
    writeFileSync(`${first.path}.stamp`, 'of other sources\n');
    t.equal(buildAddon(arch, root).built, true, 'until its sources have changed');
  }
});

t.test('the builder says what it can build', async (t) => {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, 'build.ts'), 'mips'], { encoding: 'utf8' });
  t.equal(run.status, 1);
  t.match(run.stderr, /cannot build for mips: say amd64, arm64, host or all/);
});
