import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import t from 'tap';
import { listenAt } from './api/listen.ts';
import { layoutUnder } from './boot/layout.ts';
import { goodSet, makeDevice, makeSnap, powerOn, temporaryDirectory } from './fixture.ts';
import { treeOf } from './fixture-http.ts';
import { holdfast, runProgram, startDaemonProcess } from './fixture-process.ts';
import { takeOwnership } from './guard.ts';
import { realClock } from './system/clock.ts';
import { realDisk } from './system/disk-real.ts';
import { native } from './system/native/native.ts';
import { FakeSystemd } from './system/systemd-fake.ts';
import { receiver } from './system/systemd-notify/receiver.ts';
import { unfitNode, version } from './version.ts';

t.test('a kernel goes from a file to a confirmed trial by the command alone', async (t) => {
  const directory = await temporaryDirectory(t);
  const root = join(directory, 'root');
  const layout = await makeDevice(root);
  const file = join(directory, 'any name at all');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const at = ['--root', root];

  const daemon = await startDaemonProcess(t, root);
  t.match(await holdfast(...at, 'status'), {
    code: 0,
    out: /Good set +kernel virt-kernel_x1.snap, base bookworm_x1.snap/,
  });
  t.match(await holdfast(...at, 'changes'), { code: 0, out: 'No changes yet.\n' });
  t.match(await holdfast(...at, 'list'), { code: 0, out: /virt-kernel +1.0 +x1 +- +kernel +active/ });
  t.match(await holdfast(...at, 'install', join(directory, 'nothing')), {
    code: 1,
    err: /^error: cannot install .*nothing: no such file\n$/,
  });
  t.match(await holdfast(...at, 'install', directory), { code: 1, err: /: not a file\n$/ });
  t.match(await holdfast(...at, 'change', '1'), { code: 1, err: 'error: cannot find change with id "1"\n' });

  const installed = await holdfast(...at, 'install', '--dangerous', file);
  t.match(installed, { code: 0, out: /Mount snap "virt-kernel" \(x2\)\n(.*\n)*The device reboots now/ });
  t.match(await holdfast(...at, 'install', '--dangerous', file), {
    code: 10,
    err: /^error: cannot start a change: change 1 .* is in progress\n$/,
  });
  t.match(await holdfast(...at, 'watch', '1'), { code: 0, out: /reboots now/ });
  await daemon.hears(/the machine goes down/);
  t.equal(await daemon.stop(), 0);

  await powerOn(layout);
  const second = await startDaemonProcess(t, root);
  t.match(await holdfast(...at, 'watch', '1'), { code: 0, out: /Done\.\n$/ });
  const status = JSON.parse((await holdfast(...at, '--json', 'status')).out);
  t.match(status, {
    boot: { good: { ...goodSet, kernel: 'virt-kernel_x2.snap' }, previous: goodSet },
    outcomes: [{ what: 'confirmed', change: '1' }],
  });
  t.match(await holdfast(...at, 'change', '1'), {
    code: 0,
    out: /Done .* Make snap "virt-kernel" \(x2\) available to the system/,
  });
  t.equal(await second.stop(), 0);
  t.match(await readFile(join(root, 'run/holdfast/recorded'), 'utf8'), /\nreboot to try [^\n]*\nwatchdog 30 s\n$/);
});

t.test('a trial that is shut down in order leaves word of it', async (t) => {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel' });
  const daemon = await startDaemonProcess(t, layout.root);
  t.match(await holdfast('--root', layout.root, '--no-wait', 'install', '--dangerous', file), { code: 0, out: '1\n' });
  await daemon.hears(/rebooting/);
  await daemon.stop();
  await powerOn(layout);
  await writeFile(layout.commandLine, (await readFile(layout.commandLine, 'utf8')).replace('settle=1', 'settle=100'));
  const trial = await startDaemonProcess(t, layout.root);
  await trial.hears(/waiting for/);
  t.match(
    (await holdfast('--root', layout.root, 'status')).out,
    /Trial +running: kernel virt-kernel_x2.snap \(.*attempts left 2; change 1\)/,
  );
  t.equal(await trial.stop(), 0);
  await powerOn(layout);
  const again = await startDaemonProcess(t, layout.root);
  await again.hears(/rebooting to start the interrupted trial again/);
  await again.stop();
});

t.test('systemd hears when the daemon is ready, that it lives, and that it ends', async (t) => {
  const directory = await temporaryDirectory(t);
  const { root } = await makeDevice(join(directory, 'root'));
  const socket = join(directory, 'notify');
  const systemd = await receiver(socket);
  t.teardown(() => systemd.stop());
  const daemon = await startDaemonProcess(t, root, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000' });
  const heard = new Set<string>();
  while (!heard.has('READY=1') || !heard.has('WATCHDOG=1')) heard.add((await systemd.next()).trim());
  t.ok(
    [...heard].some((message) => message.startsWith('STATUS=')),
    [...heard].join(' '),
  );
  await daemon.stop();
  let last = '';
  while (last !== 'STOPPING=1') last = (await systemd.next()).trim();
  t.pass('STOPPING=1');
});

t.test('it does not start beside another owner, and changes nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  await mkdir(dirname(layout.stateLock), { recursive: true });
  const before = await treeOf(layout.root);
  // As snapd does: flock(2) on the file, held for the life of the process.
  const holder = spawn('flock', ['--no-fork', layout.stateLock, 'sh', '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const refused = await holdfast('daemon', '--root', layout.root);
  t.match(refused, { code: 1, err: /^error: cannot take over this device: .* holds .*state.lock; stop it first/ });
  const after = await treeOf(layout.root);
  delete after[layout.stateLock];
  t.strictSame(after, before);
});

t.test('it does not start where snapd.service is active', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  const [unit = ''] = layout.snapdUnits;
  await mkdir(dirname(unit), { recursive: true });
  await writeFile(unit, '[Service]\n');
  const systemd = new FakeSystemd({ 'snapd.service': { activeState: 'active' } });
  const world = { layout, disk: realDisk(native()), native: native(), clock: realClock, systemd };
  const before = await treeOf(layout.root);
  await t.rejects(takeOwnership(world), { code: 'snapd-runs', message: /snapd.service is running/ });
  systemd.set('snapd.service', { activeState: 'inactive' });
  systemd.set('snapd.socket', { activeState: 'active' });
  await t.rejects(takeOwnership(world), { code: 'snapd-runs', message: /snapd.socket is running/ });
  t.strictSame(await treeOf(layout.root), before);
  systemd.set('snapd.socket', { activeState: 'inactive' });
  const lock = await takeOwnership(world);
  lock.release();
});

t.test('the command does not give to snapd what is meant for this daemon', async (t) => {
  const directory = await temporaryDirectory(t);
  const { socket } = layoutUnder(directory);
  const asked: string[] = [];
  const snapd = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ type: 'sync', 'status-code': 200, result: { series: '16', version: '2.68.3' } }));
  });
  t.teardown(() => snapd.close());
  await listenAt(snapd, socket);
  const file = join(directory, 'file');
  await writeFile(file, 'x');
  t.match(await holdfast('--root', directory, 'install', file), {
    code: 1,
    err: /^error: cannot install: snapd runs on this device/,
  });
  t.strictSame(asked, ['GET /v2/system-info']);
  snapd.closeAllConnections();
});

t.test('the command explains itself, and says when nobody answers', async (t) => {
  const directory = await temporaryDirectory(t);
  t.match(await holdfast('--help'), { code: 0, out: /^Usage: holdfast/ });
  t.match(await holdfast('--version'), { code: 0, out: `holdfast ${version}\n` });
  t.match(await holdfast('--root', directory, 'status'), {
    code: 1,
    err: 'error: cannot reach the holdfast daemon: it is not running\n',
  });
  t.match(await holdfast('nonsense'), { code: 1, err: /there is no command "nonsense"/ });
  t.match(await holdfast('daemon', '--nonsense'), { code: 1, err: /^error: / });
  const main = join(import.meta.dirname, 'main.ts');
  const viaEnvironment = await runProgram(process.execPath, [main, 'status'], { SNAPPY_GLOBAL_ROOT: directory });
  t.match(viaEnvironment, { code: 1, err: /not running/ });
});

t.test('another Node is refused before it can crash', (t) => {
  t.equal(unfitNode(process.versions.node), undefined);
  t.match(unfitNode('20.20.2'), /^cannot run on Node 20.20.2: Holdfast needs Node 24/);
  t.match(unfitNode('26.1.0'), /cannot run/);
  t.end();
});
