import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type Medium, placeBytes } from '../../bootloader/protocol/index.ts';
import { makeSnap, temporaryDirectory } from '../fixture.ts';
import { openDatabase } from '../system/database.ts';
import { realDisk } from '../system/disk-real.ts';
import { native } from '../system/native/native.ts';
import { extractAssets, listAssets } from './assets.ts';
import { SnapsError } from './error.ts';
import { fileNameOf, nextLocalRevision, parseFileName } from './file-name.ts';
import { garbageOf } from './garbage.ts';
import { Inventory, inventoryTables } from './inventory.ts';
import { openSnap } from './read-snap.ts';

t.test('the file name of a snap is taken apart and put together', (t) => {
  const good: readonly (readonly [string, string, string])[] = [
    ['virt-kernel_x1.snap', 'virt-kernel', 'x1'],
    ['core_123.snap', 'core', '123'],
    ['foo_key_7.snap', 'foo_key', '7'],
  ];
  for (const [file, name, revision] of good) {
    t.strictSame(parseFileName(file), { name, revision }, file);
    t.equal(fileNameOf({ name, revision }), file);
  }
  for (const bad of [
    'core.snap',
    'core_0.snap',
    'core_x0.snap',
    'core_x1.snap.tmp',
    '../core_1.snap',
    '_1.snap',
    'Core_1.snap',
    '.local-install-a',
    'core_y1.snap',
  ]) {
    t.equal(parseFileName(bad), undefined, bad);
  }
  t.end();
});

t.test('a local file gets the revision above all that were ever named', (t) => {
  t.equal(nextLocalRevision('k', []), 'x1');
  t.equal(nextLocalRevision('k', ['k_x1.snap', 'k_x9.snap', 'k_x10.snap', 'k_77.snap', 'kk_x99.snap', 'junk']), 'x11');
  t.end();
});

t.test('only what the boot set is made of is garbage, and only when nothing names it', (t) => {
  const vars = {
    snap_kernel: 'k_x3.snap',
    snap_core: 'b_x1.snap',
    snap_prev: 'k_x2.snap b_x1.snap',
  };
  const medium = (more: Record<string, string> = {}, older = vars): Medium => ({
    'env-a': placeBytes({ ...vars, ...more }),
    'env-b': placeBytes(older),
    good: placeBytes(vars),
    mark: undefined,
  });
  const present = {
    snapFiles: ['k_x1.snap', 'k_x2.snap', 'k_x3.snap', 'k_x4.snap', 'b_x1.snap', 'app_x1.snap', '.local-install-1'],
    digests: ['k_x1.snap', 'k_x3.snap', 'app_x1.snap'],
    assets: ['k_x1.snap', 'k_x2.snap', 'k_x3.snap', 'k_x5.snap.tmp', 'app_x1.snap.tmp', 'boot.scr', 'dtbs'],
  };
  const none = { snapFiles: [], digests: [], assets: [] };
  t.strictSame(garbageOf(present, medium(), {}), {
    snapFiles: ['k_x1.snap', 'k_x4.snap'],
    digests: ['k_x1.snap'],
    assets: ['k_x1.snap', 'k_x5.snap.tmp'],
  });
  t.strictSame(garbageOf(present, medium(), { kernel: 'k_x4.snap' }).snapFiles, ['k_x1.snap'], 'what runs stays');
  t.strictSame(
    garbageOf(present, medium({}, { ...vars, snap_kernel: 'k_x1.snap' }), {}).snapFiles,
    ['k_x4.snap'],
    'the older copy counts',
  );
  t.strictSame(
    garbageOf(present, medium({ snap_mode: 'try', snap_try_kernel: 'k_x4.snap', snap_gen: '1' }), {}),
    none,
    'an open trial',
  );
  t.strictSame(
    garbageOf(present, medium(), {}, new Set(['k_x1.snap'])),
    { snapFiles: ['k_x4.snap'], digests: [], assets: ['k_x1.snap', 'k_x5.snap.tmp'] },
    'an installed revision keeps its file, and not its boot assets',
  );
  t.strictSame(
    garbageOf(present, { 'env-a': undefined, 'env-b': undefined, good: undefined, mark: undefined }, {}),
    none,
    'nothing readable',
  );
  t.end();
});

t.test('the assets of a kernel are copied whole or not at all', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'k.snap');
  const big = 'k'.repeat(300_000);
  await makeSnap(file, {
    name: 'kk',
    type: 'kernel',
    files: { 'kernel.img': big, 'initrd.img': 'i', 'dtbs/a/b.dtb': 'dtb', 'modules/x': 'no' },
  });
  const disk = realDisk(native());
  const place = join(directory, 'k_x1.snap');
  await mkdir(`${place}.tmp/leftover`, { recursive: true });
  const snap = await openSnap(file, 'kk');
  t.teardown(() => snap.close());
  const assets = await listAssets(snap.image, 'kernel');
  const progress: number[] = [];
  await extractAssets(disk, assets, place, (done, total) => progress.push(done / total));
  t.strictSame(await disk.list(place), ['dtbs', 'initrd.img', 'kernel.img']);
  t.equal(await readFile(join(place, 'kernel.img'), 'utf8'), big);
  t.equal(await readFile(join(place, 'dtbs/a/b.dtb'), 'utf8'), 'dtb');
  t.equal(progress.at(-1), 1);
  t.equal(await disk.stat(`${place}.tmp`), undefined);
  await writeFile(join(place, 'kernel.img'), 'there already');
  await extractAssets(disk, assets, place, () => {});
  t.equal(await readFile(join(place, 'kernel.img'), 'utf8'), 'there already', 'a directory of that name is whole');
});

t.test('what lacks its assets is no kernel and no gadget', async (t) => {
  const directory = await temporaryDirectory(t);
  const cases: readonly (readonly ['kernel' | 'gadget', Record<string, string>, RegExp])[] = [
    ['kernel', { 'initrd.img': 'i' }, /kernel\.img/],
    ['kernel', { 'kernel.img': 'k' }, /initrd\.img/],
    ['gadget', { other: 'x' }, /gadget\.env/],
    ['gadget', { 'gadget.env': 'x'.repeat(5000) }, /gadget\.env/],
  ];
  for (const [at, [type, files, message]] of cases.entries()) {
    const file = join(directory, String(at));
    await makeSnap(file, { name: 'kk', type, files });
    const snap = await openSnap(file, 'kk');
    await t.rejects(listAssets(snap.image, type), { message }, `${type} ${message}`);
    await snap.close();
  }
  const junk = join(directory, 'junk');
  await writeFile(junk, 'junk');
  await t.rejects(openSnap(junk, 'junk'), new SnapsError('not-a-snap', 'cannot install junk: it is not a snap'));
});

t.test('the inventory follows the files, and never gives a revision twice', async (t) => {
  const directory = await temporaryDirectory(t);
  const database = await openDatabase(join(directory, 'db'));
  t.teardown(() => database.close());
  database.migrate([{ version: 1, statements: inventoryTables }]);
  const inventory = new Inventory(database, () => new Date(0));
  const asked: string[] = [];
  const describe = async (file: string) => {
    asked.push(file);
    return file.startsWith('bad') ? undefined : { type: 'kernel', version: '1' };
  };
  const files = [
    { file: 'k_x1.snap', size: 1 },
    { file: 'k_x2.snap', size: 2 },
    { file: 'bad_x1.snap', size: 1 },
    { file: 'junk', size: 1 },
  ];
  await inventory.sync(files, describe);
  t.strictSame(
    inventory.list().map((snap) => snap.file),
    ['k_x1.snap', 'k_x2.snap'],
  );
  t.strictSame(asked, ['k_x1.snap', 'k_x2.snap', 'bad_x1.snap']);
  asked.length = 0;
  await inventory.sync(files.slice(0, 1), describe);
  t.strictSame(asked, [], 'what is known is not read again');
  t.strictSame(
    inventory.list().map((snap) => snap.file),
    ['k_x1.snap'],
  );
  t.equal(inventory.nextRevision('k', ['k_x1.snap']), 'x3', 'x2 was there once');
  t.equal(inventory.nextRevision('k', ['k_x7.snap']), 'x8');
  t.equal(inventory.nextRevision('new', []), 'x1');
  await inventory.sync([{ file: 'k_x1.snap', size: 9 }], describe);
  t.equal(inventory.list()[0]?.size, 9, 'a file of another size is another file');
  inventory.remove(['k_x1.snap']);
  t.strictSame(inventory.list(), []);
});
