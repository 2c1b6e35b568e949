/** The real `snap` client of Debian against this daemon: it finds the daemon by SNAPPY_GLOBAL_ROOT, and nothing is installed. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
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

t.test('snap leads an app through its life', async (t) => {
  const directory = await temporaryDirectory(t);
  const client = await snapClient(join(directory, 'client'));
  const layout = await makeDevice(join(directory, 'root'));
  const file = async (version: string) => {
    const path = join(directory, `shop-${version}.snap`);
    const yaml = `name: shop\nversion: '${version}'\nbase: bookworm\nsummary: A shop\ndescription: d\n`;
    const apps = 'apps:\n  run: {command: bin/run}\n  serve: {command: bin/run, daemon: simple}\n';
    const files = { 'meta/snap.yaml': yaml + apps, 'bin/run': '#!' };
    await makeSnap(path, { name: 'shop', files, executable: ['bin/run'] });
    return path;
  };
  const one = await file('1');
  const two = await file('2');
  const snap = (...args: readonly string[]) =>
    runProgram(client, args, { SNAPPY_GLOBAL_ROOT: layout.root, HOME: directory, LANG: 'C' });
  const daemon = await startDaemonProcess(t, layout.root);
  const lines: readonly (readonly [args: readonly string[], ended: object])[] = [
    [['install', one], { code: 1, err: /cannot find signatures with metadata for snap/ }],
    [['install', '--dangerous', one], { code: 0, out: /^shop 1 installed\n$/m }],
    [['list', 'shop'], { code: 0, out: /^shop +1 +x1 +- +- +-$/m }],
    [['services', 'shop'], { code: 0, out: /^shop\.serve +enabled +active +-$/m }],
    [['info', 'shop'], { code: 0, out: /^name: +shop\nsummary: +A shop\n(.*\n)*installed: +1 +\(x1\)/ }],
    [['install', '--devmode', two], { code: 0, out: /^shop 2 installed\n$/m }],
    [['list', '--all', 'shop'], { code: 0, out: /^shop +1 +x1 .*disabled,devmode\nshop +2 +x2 .* devmode\n/m }],
    [['revert', 'shop'], { code: 0, out: /^shop reverted to 1$/m }],
    [['revert', 'shop'], { code: 1, err: /no revision to revert to/ }],
    [['disable', 'shop'], { code: 0, out: /^shop disabled$/m }],
    [['disable', 'shop'], { code: 1, err: /snap "shop" already disabled/ }],
    [['enable', 'shop'], { code: 0, out: /^shop enabled$/m }],
    [['switch', '--channel=edge', 'shop'], { code: 0, out: /^"shop" switched to the "latest\/edge" channel$/m }],
    [['refresh'], { code: 0, err: 'All snaps up to date.\n' }],
    [['refresh', 'shop'], { code: 1, err: /local snap "shop" is unknown to the store/ }],
    [['refresh', '--amend', 'shop'], { code: 0, err: /snap "shop" has no updates available/ }],
    [['refresh', 'gone'], { code: 1, err: /snap "gone" is not installed/ }],
    [['install', 'gone'], { code: 1, err: /cannot install "gone": this device has no store/ }],
    [['install', 'shop'], { code: 0, err: /snap "shop" is already installed/ }],
    [['find', 'gone'], { code: 1, err: /cannot search for snaps: this device has no store/ }],
    [['changes', 'shop'], { code: 0, out: /^1 +Done .*Install "shop" snap from file "shop-1.snap"$/m }],
    [['tasks', '--last=revert'], { code: 0, out: /^Done .*Make snap "shop" \(x1\) available to the system/m }],
    [['abort', '1'], { code: 1, err: /cannot abort change 1 with nothing pending/ }],
    [['remove', '--revision=x2', 'shop'], { code: 0, out: /^shop \(revision x2\) removed$/m }],
    [['remove', '--purge', 'shop'], { code: 0, out: /^shop removed$/m }],
    [['remove', 'shop'], { code: 0, err: /snap "shop" is not installed/ }],
    [['list', 'shop'], { code: 1, err: /no matching snaps installed/ }],
    [['install', '--dangerous', one, two], { code: 1, err: /it is given twice/ }],
  ];
  for (const [args, ended] of lines) t.match(await snap(...args), ended, `snap ${args.join(' ')}`);
  await daemon.stop();
});

t.test('snap sets, lists, removes and prefers aliases', async (t) => {
  const directory = await temporaryDirectory(t);
  const client = await snapClient(join(directory, 'client'));
  const layout = await makeDevice(join(directory, 'root'));
  const app = async (name: string) => {
    const path = join(directory, `${name}.snap`);
    const yaml = `name: ${name}\nversion: '1'\nbase: bookworm\nsummary: s\ndescription: d\n`;
    const apps = `apps:\n  ${name}: {command: run}\n  till: {command: run}\n  serve: {command: run, daemon: simple}\n`;
    await makeSnap(path, { name, files: { 'meta/snap.yaml': yaml + apps, run: '#!' }, executable: ['run'] });
    return path;
  };
  const files = [await app('shop'), await app('mart')];
  const snap = (...args: readonly string[]) =>
    runProgram(client, args, { SNAPPY_GLOBAL_ROOT: layout.root, HOME: directory, LANG: 'C' });
  const daemon = await startDaemonProcess(t, layout.root);
  const lines: readonly (readonly [args: readonly string[], ended: object])[] = [
    [['install', '--dangerous', ...files], { code: 0 }],
    [['aliases'], { code: 0, err: /No aliases are currently defined\./ }],
    [['alias', 'shop.till', 'pay'], { code: 0, out: /^Added:\n +- shop\.till as pay\n$/ }],
    [['alias', 'shop', 'buy'], { code: 0, out: /^Added:\n +- shop as buy\n$/ }],
    [['aliases'], { code: 0, out: /^Command +Alias +Notes\nshop +buy +manual\nshop\.till +pay +manual\n$/ }],
    [['aliases', 'mart'], { code: 0, err: /No aliases are currently defined for snap "mart"\./ }],
    [['alias', 'shop', 'pay'], { code: 0, out: /^Added:\n +- shop as pay\nRemoved:\n +- shop\.till as pay\n$/ }],
    [['alias', 'mart', 'pay'], { code: 1, err: /cannot enable alias "pay" for "mart", already\s+enabled for "shop"/ }],
    [['alias', 'mart.none', 'x'], { code: 1, err: /target\s+application\s+"none"\s+does\s+not\s+exist/ }],
    [['alias', 'mart.serve', 'x'], { code: 1, err: /target\s+application\s+"serve"\s+is\s+a\s+daemon/ }],
    [['alias', 'mart.till', '.x'], { code: 1, err: /invalid alias name: "\.x"/ }],
    [['alias', 'gone.till', 'x'], { code: 1, err: /snap "gone" is not installed/ }],
    [['unalias', 'buy'], { code: 0, out: /^Removed:\n +- shop as buy\n$/ }],
    [['unalias', 'buy'], { code: 1, err: /cannot find manual alias "buy" in any snap/ }],
    [['unalias', 'shop'], { code: 0, out: /^Removed:\n +- shop as pay\n$/ }],
    [['prefer', 'shop'], { code: 0, out: '' }],
    [['prefer', 'gone'], { code: 1, err: /snap "gone" is not installed/ }],
    [['changes'], { code: 0, out: /Done .*Prefer aliases of snap "shop"/ }],
    [['tasks', '--last=unalias'], { code: 0, out: /Done .*Disable aliases for snap "shop"/ }],
  ];
  for (const [args, ended] of lines) t.match(await snap(...args), ended, `snap ${args.join(' ')}`);
  await daemon.stop();
});

t.test('snap saves, carries away and restores the data of a snap', async (t) => {
  const directory = await temporaryDirectory(t);
  const client = await snapClient(join(directory, 'client'));
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'shop.snap');
  const yaml = "name: shop\nversion: '1'\nbase: bookworm\nsummary: A shop\ndescription: d\n";
  await makeSnap(file, { name: 'shop', files: { 'meta/snap.yaml': yaml } });
  const snap = (...args: readonly string[]) =>
    runProgram(client, args, { SNAPPY_GLOBAL_ROOT: layout.root, HOME: directory, LANG: 'C' });
  const daemon = await startDaemonProcess(t, layout.root);
  const till = join(layout.root, 'var/snap/shop/x1/till');
  const out = join(directory, 'set');
  const run = async (lines: readonly (readonly [args: readonly string[], ended: object])[]) => {
    for (const [args, ended] of lines) t.match(await snap(...args), ended, `snap ${args.join(' ')}`);
  };
  await run([[['install', '--dangerous', file], { code: 0 }]]);
  await writeFile(till, 'full');
  await run([
    [['saved'], { code: 0, out: /No snapshots found/ }],
    [['save', 'shop'], { code: 0, out: /^1 +shop +\S+ +1 +x1 +\S+ +-$/m }],
    [['saved'], { code: 0, out: /^1 +shop +\S+ +1 +x1 +\S+ +-$/m }],
    [['saved', '--id=7'], { code: 0, out: /No snapshots found/ }],
    [['check-snapshot', '1'], { code: 0, out: /^Snapshot #1 verified successfully\.$/m }],
    [['export-snapshot', '1', out], { code: 0, out: /Exported snapshot #1 into/ }],
    [['forget', '1'], { code: 0, out: /^Snapshot #1 forgotten\.$/m }],
    [['restore', '1'], { code: 1, err: /no snapshot set with the given ID/ }],
    [['import-snapshot', out], { code: 0, out: /^Imported snapshot as #2\n(.*\n)*2 +shop /m }],
    [['set', 'system', 'snapshots.automatic.retention=1d'], { code: 1, err: /cannot be parsed/ }],
    [['set', 'system', 'snapshots.automatic.retention=48h'], { code: 0 }],
    [['remove', 'shop'], { code: 0, out: /^shop removed/m }],
    [['saved'], { code: 0, out: /^3 +shop +\S+ +1 +x1 +\S+ +auto$/m }],
    [['restore', '2'], { code: 0, out: /^Restored snapshot #2\.$/m }],
  ]);
  t.equal(await readFile(till, 'utf8'), 'full', 'also where the snap is gone');
  await daemon.stop();
});
