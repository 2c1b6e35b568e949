import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { realDisk } from '../../system/disk-real.ts';
import { native } from '../../system/native/native.ts';
import { mountedByKernel, mountedInFiles } from './mounted.ts';
import { testDevice } from './testing.ts';
import { demoYaml, installPlan, signed } from './testing-scenes.ts';

const place = { instance: 'demo', revision: '7' };

t.test('through the mount point: what snap.yaml says, and the hooks that can be run', async (t) => {
  const root = await temporaryDirectory(t);
  const mounted = mountedByKernel({ disk: realDisk(native()), layout: { root } });
  const put = async (name: string, text: string, mode = 0o644) => {
    const path = join(root, 'snap/demo/7/meta', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, mode);
  };
  t.equal(await mounted.read(place), undefined, 'it is not there');
  await put('nothing', '');
  t.equal(await mounted.read(place), undefined, 'it is an empty mount point');
  await put('snap.yaml', 'name: [');
  t.equal(await mounted.read(place), undefined, 'it cannot be read');
  await put('snap.yaml', demoYaml('7'));
  t.strictSame((await mounted.read(place))?.hooks, new Set());
  await put('hooks/configure', '#!/bin/sh\n', 0o755);
  await put('hooks/install', '#!/bin/sh\n');
  await put('hooks/of-nobody', '#!/bin/sh\n', 0o755);
  await symlink('/bin/sh', join(root, 'snap/demo/7/meta/hooks/remove'));
  const found = await mounted.read(place);
  t.strictSame(found?.hooks, new Set(['configure']));
  t.equal(found?.info.version, '7');
});

t.test('through the file: the same, while it counts as mounted', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  let isMounted = true;
  const mounted = mountedInFiles(device.layout, async () => isMounted);
  t.equal(await mounted.read(place), undefined, 'there is no file');
  await life.run(await installPlan(device, life, 7));
  const found = await mounted.read(place);
  t.strictSame(found?.hooks, new Set(Object.keys(signed(7).files ?? {}).flatMap(hookIn)));
  t.equal(found?.info.name, 'demo');
  isMounted = false;
  t.equal(await mounted.read(place), undefined);
});

function hookIn(path: string): string[] {
  return path.startsWith('meta/hooks/') ? [path.slice('meta/hooks/'.length)] : [];
}
