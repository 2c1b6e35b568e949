import { join } from 'node:path';
import t from 'tap';
import { assets, fitDisk, flipped, layout, makeSnaps, seedAsset, seedSnap, worldOf } from '../../fixture-fitness.ts';
import { DiskError } from '../../system/disk-error.ts';
import type { SimDisk } from '../../system/disk-sim.ts';
import { forEachCut } from '../../system/power.ts';
import { checkSets } from './check.ts';
import type { Finding } from './finding.ts';

const snaps = await makeSnaps(t);
const calm = async () => {};

const check = (disk: SimDisk) => checkSets(worldOf(disk), calm);
const notFit = (findings: readonly Finding[]) => findings.filter(({ state }) => state !== 'fit');
const asset = (path: string) => join(layout.bootPartition, path);
const snap = (file: string) => join(layout.snaps, file);
const digest = (file: string) => join(layout.digests, file);

t.test('sets that are as they were written are fit, and nothing is written', async (t) => {
  const disk = fitDisk(snaps);
  disk.faults.readOnly = true;
  const findings = await check(disk);
  t.strictSame(notFit(findings), []);
  t.strictSame(
    findings.map(({ file, what }) => `${file} ${what}`),
    [
      ...['k_x2.snap snap', 'k_x2.snap kernel.img', 'k_x2.snap initrd.img', 'k_x2.snap dtbs/v/a.dtb', 'b_x1.snap snap'],
      ...['g_x1.snap snap', 'g_x1.snap gadget.env', 'k_x1.snap snap', 'k_x1.snap kernel.img', 'k_x1.snap initrd.img'],
    ],
  );
});

interface Row {
  readonly title: string;
  readonly harm: (disk: SimDisk) => unknown;
  /** All that is not fit; the rest is. */
  readonly found: readonly Partial<Record<keyof Finding, unknown>>[];
  /** Everything is as it was again; or, where it could not be told what is right, as it was found. */
  readonly after?: 'whole' | 'untouched';
}

const rows: readonly Row[] = [
  {
    title: 'a flipped bit in a base has no copy',
    harm: (disk) => seedSnap(disk, 'b_x1.snap', flipped(snaps.get('b_x1.snap'))),
    found: [{ file: 'b_x1.snap', what: 'snap', state: 'rotten', reason: /SHA-256/, mended: false }],
  },
  {
    title: 'a snap that was cut short says nothing about its assets',
    harm: (disk) => seedSnap(disk, 'k_x1.snap', (snaps.get('k_x1.snap') ?? new Uint8Array()).subarray(0, 100)),
    found: [
      { file: 'k_x1.snap', roles: ['previous'], what: 'snap', state: 'rotten', reason: /^it has 100 bytes instead of/ },
      { file: 'k_x1.snap', what: 'assets', state: 'no-record', mended: false },
    ],
  },
  {
    title: 'assets are never mended from a snap that is rotten',
    harm: (disk) => {
      seedSnap(disk, 'k_x1.snap', flipped(snaps.get('k_x1.snap')));
      seedAsset(disk, 'k_x1.snap/kernel.img', 'other');
    },
    found: [
      { what: 'snap', state: 'rotten' },
      { what: 'assets', state: 'no-record' },
    ],
    after: 'untouched',
  },
  {
    title: 'a snap that is gone',
    harm: (disk) => disk.remove(snap('g_x1.snap')),
    found: [
      { file: 'g_x1.snap', what: 'snap', state: 'missing', mended: false },
      { file: 'g_x1.snap', what: 'assets', state: 'no-record' },
    ],
  },
  {
    title: 'a flipped letter in a kernel image is mended from the snap',
    harm: (disk) => seedAsset(disk, 'k_x2.snap/kernel.img', `Kernel${assets['k_x2.snap/kernel.img']?.slice(6)}`),
    found: [
      { file: 'k_x2.snap', roles: ['good'], what: 'kernel.img', state: 'rotten', reason: /differs/, mended: true },
    ],
    after: 'whole',
  },
  {
    title: 'an initrd of another length',
    harm: (disk) => seedAsset(disk, 'k_x1.snap/initrd.img', ''),
    found: [{ what: 'initrd.img', state: 'rotten', reason: 'it has 0 bytes instead of 10', mended: true }],
    after: 'whole',
  },
  {
    title: 'a file that is gone, with the directories above it',
    harm: (disk) => disk.remove(asset('k_x2.snap/dtbs')),
    found: [{ what: 'dtbs/v/a.dtb', state: 'missing', mended: true }],
    after: 'whole',
  },
  {
    title: 'a whole directory that is gone',
    harm: (disk) => disk.remove(asset('k_x1.snap')),
    found: [
      { what: 'kernel.img', state: 'missing', reason: /directory/, mended: true },
      { what: 'initrd.img', state: 'missing', mended: true },
    ],
    after: 'whole',
  },
  {
    title: 'a directory where a file should be is not mended',
    harm: async (disk) => {
      await disk.remove(asset('g_x1.snap/gadget.env'));
      await disk.mkdir(asset('g_x1.snap/gadget.env'));
    },
    found: [{ what: 'gadget.env', state: 'rotten', reason: /it is a directory; cannot/, mended: false }],
  },
  {
    title: 'a boot partition that is full says so',
    harm: async (disk) => {
      seedAsset(disk, 'k_x1.snap/kernel.img', 'rotten one');
      disk.faults.capacity = 1;
    },
    found: [{ what: 'kernel.img', state: 'rotten', reason: /differs.*; cannot write .*no space/i, mended: false }],
  },
  {
    title: 'a full boot partition without the directory says so',
    harm: async (disk) => {
      await disk.remove(asset('g_x1.snap'));
      disk.faults.capacity = 1;
    },
    found: [{ what: 'gadget.env', state: 'missing', reason: /directory.*; cannot write .*no space/i, mended: false }],
  },
  {
    title: 'a medium that lies about what it wrote mends nothing',
    harm: (disk) => {
      seedAsset(disk, 'g_x1.snap/gadget.env', 'gadget_args=x');
      disk.faults.corrupt = () => true;
    },
    found: [{ what: 'gadget.env', state: 'rotten', mended: false }],
  },
  {
    title: 'an asset that cannot be read is written anew',
    harm: (disk) => unreadable(disk, asset('k_x2.snap/initrd.img')),
    found: [{ what: 'initrd.img', state: 'rotten', reason: /cannot read/, mended: true }],
  },
  {
    title: 'a snap that cannot be read',
    harm: (disk) => unreadable(disk, snap('b_x1.snap')),
    found: [{ file: 'b_x1.snap', what: 'snap', state: 'rotten', reason: /cannot read/, mended: false }],
  },
  {
    title: 'a lost digest is written down again where the boot partition holds the same',
    harm: (disk) => disk.remove(digest('k_x2.snap')),
    found: [{ file: 'k_x2.snap', what: 'snap', state: 'no-record', mended: true }],
    after: 'whole',
  },
  {
    title: 'so is one that is no digest any more',
    harm: (disk) => disk.seed(digest('g_x1.snap'), '\0\0'),
    found: [{ file: 'g_x1.snap', what: 'snap', state: 'no-record', mended: true }],
    after: 'whole',
  },
  {
    title: 'a lost digest of a base stays lost: it has nothing on the boot partition',
    harm: (disk) => disk.remove(digest('b_x1.snap')),
    found: [{ file: 'b_x1.snap', what: 'snap', state: 'no-record', mended: false }],
  },
  {
    title: 'without a digest it cannot be told which of two is rotten, and neither is touched',
    harm: async (disk) => {
      await disk.remove(digest('k_x1.snap'));
      seedAsset(disk, 'k_x1.snap/kernel.img', 'kernel 0ne');
    },
    found: [
      { file: 'k_x1.snap', what: 'snap', state: 'no-record', mended: false },
      { what: 'kernel.img', state: 'rotten', mended: false },
    ],
    after: 'untouched',
  },
  {
    title: 'nor is a directory made from a snap without a digest',
    harm: async (disk) => {
      await disk.remove(digest('g_x1.snap'));
      await disk.remove(asset('g_x1.snap'));
    },
    found: [
      { file: 'g_x1.snap', what: 'snap', state: 'no-record', mended: false },
      { what: 'gadget.env', state: 'missing', mended: false },
    ],
    after: 'untouched',
  },
  {
    title: 'a snap without a digest that is none any more',
    harm: async (disk) => {
      await disk.remove(digest('k_x1.snap'));
      seedSnap(disk, 'k_x1.snap', new Uint8Array(5000));
    },
    found: [
      { file: 'k_x1.snap', what: 'snap', state: 'no-record', mended: false },
      { what: 'assets', state: 'no-record', reason: /squashfs/ },
    ],
    after: 'untouched',
  },
  {
    title: 'a digest that cannot be written is not called mended',
    harm: async (disk) => {
      await disk.remove(digest('k_x2.snap'));
      disk.faults.readOnly = true;
    },
    found: [{ file: 'k_x2.snap', what: 'snap', state: 'no-record', mended: false }],
  },
];

/** From now on the medium gives nothing back of a file; what is written there later can be read. */
function unreadable(disk: SimDisk, path: string): void {
  const { readStream } = disk;
  disk.readStream = async function* (other) {
    if (other === path) throw new DiskError('io', 'read', path);
    yield* readStream.call(disk, other);
  };
}

for (const { title, harm, found, after } of rows) {
  t.test(title, async (t) => {
    const disk = fitDisk(snaps);
    await harm(disk);
    const harmed = disk.picture();
    const findings = notFit(await check(disk));
    t.match(findings, found);
    t.equal(findings.length, found.length, 'and nothing else');
    if (after === 'untouched') t.strictSame(disk.picture(), harmed, 'nothing was touched');
    if (after !== 'whole') return;
    t.strictSame(disk.picture(), fitDisk(snaps).picture(), 'all is as it was');
    t.strictSame(notFit(await check(disk)), [], 'and is found to be fit');
  });
}

/** Harms that are mended, for the cuts. */
const mendable: Readonly<Record<string, (disk: SimDisk) => unknown>> = {
  'a rotten kernel': (disk) => seedAsset(disk, 'k_x2.snap/kernel.img', 'rotten'),
  'a lost kernel directory': (disk) => disk.remove(asset('k_x2.snap')),
  'lost device trees': (disk) => disk.remove(asset('k_x2.snap/dtbs')),
  'a lost digest': (disk) => disk.remove(digest('k_x2.snap')),
};

for (const [what, harm] of Object.entries(mendable)) {
  t.test(`${what} is mended over every cut`, async (t) => {
    let disk = fitDisk(snaps);
    const harmed = async () => {
      const other = fitDisk(snaps);
      await harm(other);
      return other;
    };
    const before = (await harmed()).picture();
    const whole = fitDisk(snaps).picture();
    const writes = await forEachCut(
      async (power) => {
        disk = await harmed();
        disk.reboot({ power });
        await check(disk);
      },
      async (cut, power) => {
        const where = `cut ${cut.moment} ${power.writes.at(-1)}`;
        disk.reboot();
        for (const [path, content] of Object.entries(disk.picture())) {
          if (path.includes('.holdfast~') || path.includes('.tmp') || content === '/') continue;
          t.ok([before[path], whole[path]].includes(content), `${where}: ${path} is as before or as it should be`);
        }
        const names = await disk.list(layout.bootPartition);
        if (names.includes('k_x2.snap') && before['/boot/uboot/k_x2.snap'] === undefined) {
          t.equal((await disk.list(asset('k_x2.snap'))).length, 3, `${where}: a directory of that name is whole`);
        }
        t.strictSame(
          notFit(await check(disk)).every(({ mended }) => mended),
          true,
          `${where}: the next check mends it`,
        );
        t.strictSame(disk.picture(), whole, `${where}: nothing else is left`);
      },
    );
    t.ok(writes.length > 0, `${writes.length} durable writes`);
  });
}
