import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { SimDisk } from '../../system/disk-sim.ts';
import { powerSupply } from '../../system/power.ts';
import { layoutUnder } from '../layout.ts';
import type { BootRecord } from './record.ts';
import { maxSlots, Ring, ringOffset } from './ring.ts';
import { slotBytes } from './slot.ts';
import { randomNumbers, recordOf } from './testing.ts';

const layout = layoutUnder('/');
const place = '/dev/disk/by-partlabel/hf-journal';

function diskOf(slots: number): SimDisk {
  const disk = new SimDisk();
  disk.addDevice(place, ringOffset + slots * slotBytes);
  return disk;
}

async function read(disk: SimDisk): Promise<BootRecord[]> {
  return (await Ring.open(disk, layout)).records;
}

t.test('the newest version of each boot comes back, oldest boot first', async (t) => {
  const disk = diskOf(8);
  const { ring, records } = await Ring.open(disk, layout);
  t.strictSame(records, []);
  const written = [];
  for (const [boot, version] of [
    [1, 1],
    [1, 2],
    [2, 1],
    [1, 3],
    [3, 1],
    [2, 2],
  ] as const) {
    written.push(await ring.append(recordOf({ boot, version })));
  }
  t.strictSame(written, [4096, 4096, 4096, 4096, 4096, 4096]);
  t.strictSame(
    (await read(disk)).map(({ boot, version }) => [boot, version]),
    [
      [1, 3],
      [2, 2],
      [3, 1],
    ],
  );
});

t.test('a ring keeps about as many boots as it has slots, however often each is written', async (t) => {
  const disk = diskOf(10);
  for (let boot = 1; boot <= 40; boot++) {
    const { ring } = await Ring.open(disk, layout);
    for (let version = 1; version <= 7; version++) await ring.append(recordOf({ boot, version }));
  }
  const kept = await read(disk);
  t.strictSame(
    kept.map(({ boot }) => boot),
    [32, 33, 34, 35, 36, 37, 38, 39, 40],
  );
  t.ok(kept.every(({ version }) => version === 7));
});

t.test('it stays inside its place, and needs no file system', async (t) => {
  const disk = new SimDisk();
  disk.addDevice(place, 1 << 20);
  await disk.rewrite(place, new Uint8Array(ringOffset).fill(0x2a));
  const { ring } = await Ring.open(disk, layout);
  for (let boot = 1; boot <= maxSlots + 5; boot++) await ring.append(recordOf({ boot }));
  t.equal((await read(disk)).length, maxSlots);
  t.ok(
    (await disk.readRange(place, 0, ringOffset)).every((byte) => byte === 0x2a),
    'what is before it is not touched',
  );
  disk.faults.capacity = 0;
  t.equal(await ring.append(recordOf({ boot: 500 })), 4096, 'a full file system is not its own');
});

const evidence = Array.from({ length: 38 }, (_, i) => `line ${i} ${'e'.repeat(120)}`);
const longRecord = (version: number) =>
  recordOf({
    ...{ boot: 2, version },
    end: { how: 'panic', cause: { code: 'panic', message: 'm', evidence }, backTo: { kernel: `k_x${version}.snap` } },
  });

/** A ring whose next write takes the place of a record that is superseded. */
async function usedRing(): Promise<SimDisk> {
  const disk = diskOf(3);
  const { ring } = await Ring.open(disk, layout);
  for (let version = 1; version <= 5; version++) await ring.append(longRecord(version));
  await ring.append(recordOf({ boot: 1 }));
  return disk;
}

t.test('a write that is torn at any byte loses nothing but itself', async (t) => {
  const disk = await usedRing();
  const before = await disk.readRange(place, 0, 1 << 20);
  const old = await read(disk);
  await (await Ring.open(disk, layout)).ring.append(longRecord(6));
  const after = await disk.readRange(place, 0, 1 << 20);
  const from = after.findIndex((byte, index) => byte !== before[index]);
  const start = from - ((from - ringOffset) % slotBytes);
  const broken: number[] = [];
  const seen = new Set<number | undefined>();
  await disk.rewrite(place, before);
  for (let torn = 0; torn < slotBytes; torn++) {
    await disk.rewrite(place, after.subarray(start + torn, start + torn + 1), { offset: start + torn });
    const records = await read(disk);
    const version = records[1]?.version;
    seen.add(version);
    if (!isDeepStrictEqual(records[0], old[0]) || (version !== 5 && version !== 6)) broken.push(torn);
  }
  t.strictSame(broken, []);
  t.strictSame(seen, new Set([5, 6]));
});

t.test('the power goes inside a write', async (t) => {
  for (const torn of [0, 1, 20, 4000, slotBytes]) {
    const disk = await usedRing();
    disk.faults.tear = () => torn;
    disk.reboot({ power: powerSupply({ at: 0, moment: 'inside' }) });
    const { ring } = await Ring.open(disk, layout);
    t.equal(await ring.append(longRecord(6)), 0);
    disk.reboot();
    t.strictSame(
      (await read(disk)).map(({ boot, version }) => [boot, version]),
      [
        [1, 1],
        [2, torn === slotBytes ? 6 : 5],
      ],
    );
  }
});

t.test('a medium that refuses or is gone is survived', async (t) => {
  const gone = await Ring.open(new SimDisk(), layout);
  t.strictSame(gone.records, []);
  t.equal(await gone.ring.append(recordOf()), 0, 'no partition');
  const short = new SimDisk();
  short.addDevice(place, ringOffset);
  t.equal(await (await Ring.open(short, layout)).ring.append(recordOf()), 0, 'a place without room');
  const disk = diskOf(4);
  const { ring } = await Ring.open(disk, layout);
  disk.faults.readOnly = true;
  t.equal(await ring.append(recordOf()), 0, 'read-only');
  disk.faults.readOnly = false;
  let refusals = 1;
  disk.faults.fail = () => (refusals-- > 0 ? 'io' : undefined);
  t.equal(await ring.append(recordOf()), 4096, 'one bad block');
  t.equal((await read(disk)).length, 1);
  disk.faults.corrupt = () => true;
  t.equal(await ring.append(recordOf({ version: 2 })), 0, 'a card that lies');
  t.strictSame(
    (await read(disk)).map(({ version }) => version),
    [1],
  );
});

t.test('a block that refused is left alone while others take writes', async (t) => {
  const disk = diskOf(3);
  const rewrite = disk.rewrite.bind(disk);
  const tried: number[] = [];
  disk.rewrite = async (path, bytes, { offset = 0 } = {}) => {
    const slot = (offset - ringOffset) / slotBytes;
    tried.push(slot);
    if (slot === 0) throw new Error('bad block');
    await rewrite(path, bytes, { offset });
  };
  const { ring } = await Ring.open(disk, layout);
  for (let boot = 1; boot <= 3; boot++) await ring.append(recordOf({ boot }));
  t.strictSame(tried, [0, 1, 2, 1]);
});

t.test('a record that is there twice counts once', async (t) => {
  const disk = diskOf(3);
  await (await Ring.open(disk, layout)).ring.append(recordOf());
  const slot = await disk.readRange(place, ringOffset, slotBytes);
  await disk.rewrite(place, slot, { offset: ringOffset + 2 * slotBytes });
  t.equal((await read(disk)).length, 1);
});

t.test('one block that cannot be read does not hide the others', async (t) => {
  const disk = diskOf(4);
  const { ring } = await Ring.open(disk, layout);
  for (let boot = 1; boot <= 4; boot++) await ring.append(recordOf({ boot }));
  const readRange = disk.readRange.bind(disk);
  disk.readRange = async (path, offset, length) => {
    const bad = ringOffset + slotBytes;
    if (offset <= bad && offset + length > bad) throw new Error('bad block');
    return readRange(path, offset, length);
  };
  t.strictSame(
    (await read(disk)).map(({ boot }) => boot),
    [1, 3, 4],
  );
});

t.test('random bytes in the ring never throw, and what is whole stays', async (t) => {
  const random = randomNumbers(4);
  const problems: string[] = [];
  for (let round = 0; round < 60; round++) {
    const disk = diskOf(6);
    const { ring } = await Ring.open(disk, layout);
    for (let boot = 1; boot <= 5; boot++) await ring.append(recordOf({ boot }));
    const at = ringOffset + Math.floor(random() * 5 * slotBytes);
    const noise = Uint8Array.from({ length: 1 + random() * slotBytes }, () => random() * 256);
    await disk.rewrite(place, noise, { offset: Math.min(at, ringOffset + 6 * slotBytes - noise.length) });
    const left = await read(disk);
    if (left.length < 3) problems.push(`${left.length} records are left of 5`);
    const again = await Ring.open(disk, layout);
    await again.ring.append(recordOf({ boot: 99 }));
    if (!(await read(disk)).some(({ boot }) => boot === 99)) problems.push('it takes no record any more');
  }
  t.strictSame(problems, []);
});
