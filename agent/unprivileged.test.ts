/** All of it under a directory needs no privileges: by another user where this one is root. */
import { lchown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeDevice, makeSnap, temporaryDirectory } from './fixture.ts';
import { holdfast, startDaemonProcess } from './fixture-process.ts';

const nobody = 65534;
const main = join(import.meta.dirname, 'main.ts');

t.test('an app is installed, refreshed with its data, reverted and removed without privileges', async (t) => {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const files: string[] = [];
  for (const version of ['1', '2']) {
    const path = join(directory, `shop-${version}.snap`);
    const hook = 'meta/hooks/configure';
    const more = { files: { [hook]: '#!/bin/sh\n' }, executable: [hook] };
    await makeSnap(path, { name: 'shop', version, base: 'bookworm', ...more });
    files.push(path);
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const names = await readdir(directory, { recursive: true });
    for (const name of ['', ...names]) await lchown(join(directory, name), nobody, nobody);
  }
  const drop = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] as const;
  const agent = [process.execPath, main] as const;
  const daemon = await startDaemonProcess(t, layout.root, {}, isRoot ? [...drop, ...agent] : agent);
  t.equal((await stat(`/proc/${daemon.pid}`)).uid, isRoot ? nobody : process.getuid?.());
  const run = (...args: readonly string[]) => holdfast('--root', layout.root, ...args);
  const data = (revision: string) => join(layout.root, 'var/snap/shop', revision, 'file');
  t.match(await run('install', files[0] ?? '', '--devmode'), { code: 0, out: /Done\.\n$/ });
  await mkdir(join(data('x1'), '..'), { recursive: true });
  await writeFile(data('x1'), 'written by the first one');
  t.match(await run('install', files[1] ?? '', '--devmode'), { code: 0, out: /Done\.\n$/ });
  t.equal(await readFile(data('x2'), 'utf8'), 'written by the first one');
  t.match(
    await readFile(join(layout.root, 'run/holdfast/recorded'), 'utf8'),
    /^run .*configure/m,
    'hooks are written down',
  );
  t.match(await run('revert', 'shop'), { code: 0 });
  t.match(await run('list', 'shop'), { code: 0, out: /^shop +1 +x1 /m });
  t.match(await run('remove', 'shop'), { code: 0, out: /Done\.\n$/ });
  t.strictSame(await readdir(join(layout.root, 'var/snap')), []);
  await daemon.stop();
});
