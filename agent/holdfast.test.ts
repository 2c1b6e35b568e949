/** The `holdfast` command against the daemon of a device in a directory: the life of an app, and plans of it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeDevice, makeSnap, temporaryDirectory } from './fixture.ts';
import { holdfast, startDaemonProcess } from './fixture-process.ts';

t.test('an app lives by the command alone', async (t) => {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = async (version: string) => {
    const path = join(directory, `shop-${version}.snap`);
    const yaml = `name: shop\nversion: '${version}'\nbase: bookworm\nsummary: A shop\ndescription: d\n`;
    await makeSnap(path, { name: 'shop', files: { 'meta/snap.yaml': yaml } });
    return path;
  };
  const one = await file('1');
  const two = await file('2');
  const daemon = await startDaemonProcess(t, layout.root);
  const run = (...args: readonly string[]) => holdfast('--root', layout.root, ...args);
  const lines: readonly (readonly [args: readonly string[], ended: object])[] = [
    [['install', one], { code: 1, err: /^error: cannot find signatures with metadata for snap/ }],
    [
      ['plan', 'install', one, '--dangerous'],
      {
        code: 0,
        out: /^Install "shop" snap from file "shop-1.snap" \(install-snap\)\nrestarts: none\n(.*\n)* +\d+\. link-snap: /,
      },
    ],
    [['list', 'shop'], { code: 1, err: 'error: no matching snaps installed\n' }],
    [['install', one, '--dangerous'], { code: 0, out: /^Mount snap "shop" \(x1\).*\n(.*\n)*Done\.\n$/m }],
    [['install', two, '--devmode', '--json'], { code: 0, out: '{"change":"2","end":"done"}\n' }],
    [['list', 'shop'], { code: 0, out: /^shop +2 +x2 +- +app +active +devmode$/m }],
    [['list', '--all'], { code: 0, out: /^shop +1 +x1 .*\nshop +2 +x2 /m }],
    [['info', 'shop'], { code: 0, out: /^name: +shop\nsummary: +A shop\n/ }],
    [['info', 'gone'], { code: 1, err: /^error: snap not installed: gone\n$/ }],
    [['plan', 'revert', 'shop'], { code: 0, out: /^Revert "shop" snap \(revert-snap\)\n/ }],
    [['revert', 'shop'], { code: 0, out: /Done\.\n$/ }],
    [['list', 'shop'], { code: 0, out: /^shop +1 +x1 /m }],
    [['refresh'], { code: 0, out: 'Refresh all snaps: no updates\nDone.\n' }],
    [['refresh', 'shop', '--amend'], { code: 0, err: 'snap has no updates available\n' }],
    [['hold', 'shop'], { code: 0, out: 'Hold auto-refreshes for "shop"\nDone.\n' }],
    [['list', 'shop'], { code: 0, out: /^shop .*,held\n$/m }],
    [['unhold', 'shop', '--no-wait'], { code: 0, out: /^\d+\n$/ }],
    [['changes', 'shop'], { code: 0, out: /^1 +Done .*Install "shop" snap from file "shop-1.snap"$/m }],
    [['tasks', '1'], { code: 0, out: /Done .*Make snap "shop" \(x1\) available to the system/ }],
    [['abort', '1'], { code: 1, err: 'error: cannot abort change 1 with nothing pending\n' }],
    [['remove', 'shop', '--purge'], { code: 0, out: /Done\.\n$/ }],
    [['remove', 'shop'], { code: 1, err: 'error: snap "shop" is not installed\n' }],
  ];
  for (const [args, ended] of lines) t.match(await run(...args), ended, `holdfast ${args.join(' ')}`);
  const plan = JSON.parse((await run('plan', 'install', one, two, '--dangerous', '--json')).out || '{}');
  t.strictSame(plan, {}, 'what is refused is no plan');
  t.match(JSON.parse((await run('plan', 'install', one, '--dangerous', '--json')).out), {
    kind: 'install-snap',
    restarts: 0,
    space: [{ place: '/var/lib/snapd/snaps' }],
  });
  await daemon.stop();
});

t.test('data of a snap is saved, exported, imported and restored', async (t) => {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'shop.snap');
  const yaml = "name: shop\nversion: '1'\nbase: bookworm\nsummary: A shop\ndescription: d\n";
  await makeSnap(file, { name: 'shop', files: { 'meta/snap.yaml': yaml } });
  const daemon = await startDaemonProcess(t, layout.root);
  const run = (...args: readonly string[]) => holdfast('--root', layout.root, ...args);
  const till = join(layout.root, 'var/snap/shop/x1/till');
  const out = join(directory, 'set');
  t.match(await run('install', file, '--dangerous'), { code: 0 });
  await writeFile(till, 'full');
  const lines: readonly (readonly [args: readonly string[], ended: object])[] = [
    [['saved'], { code: 0, out: 'Nothing is saved.\n' }],
    [['save', 'shop'], { code: 0, out: 'Save data of snap "shop" in snapshot set #1\nDone.\n' }],
    [['saved'], { code: 0, out: /^Set +Snap .*\n1 +shop +\d{4}-\S+ \S+ +1 +x1 +\d+ +-\n$/ }],
    [['saved', 'other'], { code: 0, out: 'Nothing is saved.\n' }],
    [['saved', '--id', 'x'], { code: 1, err: /named by its number/ }],
    [['check-snapshot', '1'], { code: 0, out: /Done\.\n$/ }],
    [['export-snapshot', '1', out], { code: 0, out: /^Exported snapshot set 1 to .* \(\d+ bytes\)\.\n$/ }],
    [['export-snapshot', '9', out], { code: 1, err: 'error: no snapshot set with the given ID\n' }],
    [['export-snapshot', '1', join(directory, 'no/such')], { code: 1, err: /^error: cannot export to .*no such file/ }],
    [['plan', 'forget', '1'], { code: 0, out: /^Forget of snapshot set #1 \(forget-snapshot\)\n/ }],
    [['forget', '1'], { code: 0, out: /Done\.\n$/ }],
    [['import-snapshot', join(directory, 'gone')], { code: 1, err: /^error: cannot import .*no such file/ }],
    [['import-snapshot', file], { code: 1, err: /^error: cannot import snapshot \d+: / }],
    [['import-snapshot', out], { code: 0, out: /^Imported as snapshot set 3: shop\.\n$/ }],
    [['restore', '3'], { code: 0, out: /Done\.\n$/ }],
  ];
  for (const [args, ended] of lines) {
    if (args[0] === 'restore') await writeFile(till, 'empty');
    t.match(await run(...args), ended, `holdfast ${args.join(' ')}`);
  }
  t.equal(await readFile(till, 'utf8'), 'full');
  await daemon.stop();
});
