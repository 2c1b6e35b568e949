/** The real `snap` client of Debian against this daemon: it finds the daemon by SNAPPY_GLOBAL_ROOT, and nothing is installed. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { debFiles, fetchPackages, unpackDebs } from '../images/disk/apt.ts';
import { defaultCacheDir } from '../images/disk/cache.ts';
import { architectureOf } from '../images/snap/index.ts';
import { makeDevice, makeSnap, powerOn, temporaryDirectory } from './fixture.ts';
import { runProgram, startDaemonProcess } from './fixture-process.ts';

async function snapClient(directory: string): Promise<string> {
  const arch = architectureOf(process.arch) ?? process.arch;
  const debs = await debFiles(await fetchPackages({ cacheDir: defaultCacheDir(), arch, packages: ['snapd'] }));
  await mkdir(directory, { recursive: true });
  await unpackDebs(debs, directory, ['./usr/bin/snap']);
  const client = join(directory, 'usr/bin/snap');
  if (!existsSync(client)) throw new Error('the snapd package has no snap client');
  return client;
}

t.test('snap gets, sets, unsets and waits for the configuration of the system', async (t) => {
  const directory = await temporaryDirectory(t);
  const client = await snapClient(join(directory, 'client'));
  const layout = await makeDevice(join(directory, 'root'));
  const snap = (...args: readonly string[]) =>
    runProgram(client, args, { SNAPPY_GLOBAL_ROOT: layout.root, HOME: directory, LANG: 'C' });
  const daemon = await startDaemonProcess(t, layout.root);

  t.match(await snap('get', 'system'), { code: 1, err: /has no configuration/ });
  t.match(await snap('get', '-d', 'system'), { code: 0, out: /^\{\}\n$/ });
  t.match(await snap('get', 'system', 'health'), { code: 1, err: /snap "core" has no "health" configuration option/ });
  t.match(await snap('set', 'system', 'health.settle=10s', 'health.deadline=300'), { code: 0, out: '', err: '' });
  t.match(await snap('changes'), { code: 0, out: /1 +Done .*Change configuration of "core" snap/ });
  t.match(await snap('get', 'system', 'health.settle'), { code: 0, out: '10s\n' });
  t.strictSame(JSON.parse((await snap('get', '-d', 'system')).out), { health: { settle: '10s', deadline: 300 } });
  t.match(await snap('get', '-l', 'system', 'health'), { code: 0, out: /health.deadline +300\nhealth.settle +10s\n/ });
  t.match(await snap('wait', 'system', 'health.settle'), { code: 0 });
  t.match(await snap('unset', 'system', 'health.settle'), { code: 0 });
  t.strictSame(JSON.parse((await snap('get', '-d', 'system')).out), { health: { deadline: 300 } });
  t.match(await snap('set', 'system', 'foo=1'), {
    code: 1,
    err: 'error: cannot set "core.foo": unsupported system option\n',
  });
  t.match(await snap('set', 'nope', 'a=1'), { code: 1, err: /snap "nope" not found/ });
  t.match(await snap('set', 'virt', 'a=1'), { code: 1, err: /snap "virt" has no "configure" hook/ });
  await daemon.stop();
});

t.test('snap lists, installs, and follows the change over the reboot', async (t) => {
  const directory = await temporaryDirectory(t);
  const client = await snapClient(join(directory, 'client'));
  const layout = await makeDevice(join(directory, 'root'));
  const kernel = join(directory, 'k.snap');
  const app = join(directory, 'a.snap');
  await makeSnap(kernel, { name: 'virt-kernel', type: 'kernel', version: '2' });
  await makeSnap(app, { name: 'hello' });
  const snap = (...args: readonly string[]) =>
    runProgram(client, args, { SNAPPY_GLOBAL_ROOT: layout.root, HOME: directory, LANG: 'C' });

  const daemon = await startDaemonProcess(t, layout.root);
  t.match(await snap('version'), { code: 0, out: /snapd +0\.1\.0\nseries +16\n/ });
  t.match(await snap('list'), { code: 0, out: /virt-kernel +1\.0 +x1 +- +- +kernel\n/ });
  t.match(await snap('changes'), { err: /no changes/ });
  t.match(await snap('install', kernel), { code: 1, err: /cannot find signatures/ });
  t.match(await snap('install', '--dangerous', app), {
    code: 1,
    err: /cannot find required base "core"/,
  });
  t.match(await snap('install', '--dangerous', kernel), { code: 0, err: /about to reboot the system/ });
  t.match(await snap('changes'), { code: 0, out: /2 +Wait .*Install\s"virt-kernel" snap from file "k.snap"/ });
  t.match(await snap('tasks', '2'), { code: 0, out: /Wait .*Make snap "virt-kernel" \(x2\) available to the system/ });
  t.match(await snap('install', '--dangerous', kernel), { code: 10, err: /is in progress/ });
  await daemon.stop();

  await powerOn(layout);
  const second = await startDaemonProcess(t, layout.root);
  t.match(await snap('watch', '2'), { code: 0 });
  t.match(await snap('list', '--all'), {
    code: 0,
    out: /virt-kernel +1\.0 +x1 .*disabled\nvirt-kernel +2 +x2 +- +- +kernel\n/,
  });
  await second.stop();
});
