import t from 'tap';
import { type FateOptions, fatesOf, SECTOR_BYTES } from './fate.ts';
import { Medium } from './medium.ts';
import { digestOf, type Entry } from './picture.ts';

const options: FateOptions = { seed: 7, random: 200, isRaw: () => false };
const filled = (byte: number, sectors: number) => new Uint8Array(sectors * SECTOR_BYTES).fill(byte);

/** A file of eight sectors of 1, of which the third to the sixth are being written with 2. */
function rewriting(): Medium {
  const entry: Entry = { kind: 'file', mode: 0o600, bytes: filled(1, 8) };
  const medium = new Medium(new Map([['/place', entry]]), new Map([['/place', 5]]));
  medium.apply({ kind: 'write', inode: 5, offset: 2 * SECTOR_BYTES, data: filled(2, 4) });
  return medium;
}

/** The file in each fate, a digit for each sector: 1, 2, or x where a sector is neither. */
function sectorsOf(medium: Medium, more: Partial<FateOptions> = {}): string[] {
  return fatesOf(medium, { ...options, ...more }).map(({ picture }) => {
    const entry = picture.get('/place');
    const bytes = entry?.kind === 'file' ? entry.bytes : new Uint8Array();
    return Array.from({ length: bytes.length / SECTOR_BYTES }, (_, index) => {
      const sector = bytes.subarray(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES);
      return [1, 2].find((byte) => sector.every((one) => one === byte)) ?? 'x';
    }).join('');
  });
}

t.test('a write in place survives sector by sector', async (t) => {
  const found = sectorsOf(rewriting());
  t.strictSame(found.slice(0, 2), ['11111111', '11222211'], 'nothing of it, all of it');
  t.notOk(
    found.find((sectors) => !/^11[12]{4}11$/.test(sectors)),
    'no sector is torn, and no other one touched',
  );
  t.ok(found.includes('11211111') && found.includes('11222111'), 'torn at a sector');
  t.ok(
    found.some((sectors) => /^111[12]*2/.test(sectors)),
    'a later sector without the first: nothing comes in order',
  );
});

t.test('on a raw place a sector may be garbled, also the one beside', async (t) => {
  const found = sectorsOf(rewriting(), { isRaw: () => true });
  t.ok(
    found.some((sectors) => /^11[12x]{4}11$/.test(sectors) && sectors.includes('x')),
    'one that is written',
  );
  t.ok(
    found.some((sectors) => sectors.startsWith('1x')),
    'the one before',
  );
  t.ok(
    found.some((sectors) => sectors.endsWith('x1')),
    'the one after',
  );
  t.notOk(
    found.find((sectors) => sectors.startsWith('x') || sectors.endsWith('x')),
    'no other',
  );
});

t.test('the same seed makes the same fates, another one others', async (t) => {
  const digests = (seed: number) => fatesOf(rewriting(), { ...options, seed }).map(({ picture }) => digestOf(picture));
  t.strictSame(digests(1), digests(1));
  t.notSame(digests(1), digests(2));
});

t.test('a file that grows may have any of its sizes', async (t) => {
  const medium = new Medium(new Map(), new Map([['/', 1]]));
  medium.apply({ kind: 'create', path: '/place', inode: 5, mode: 0o600 });
  medium.apply({ kind: 'sync', inode: 1 });
  for (const at of [0, 1, 2]) {
    medium.apply({ kind: 'write', inode: 5, offset: at * SECTOR_BYTES, data: filled(2, 1) });
  }
  const sizes = new Set(sectorsOf(medium).map(({ length }) => length));
  t.strictSame([...sizes].sort(), [0, 1, 2, 3]);
});

t.test('names are lost in every combination, and in order where the file system keeps one', async (t) => {
  const medium = new Medium(new Map(), new Map([['/', 1]]));
  for (const inode of [5, 6]) medium.apply({ kind: 'create', path: `/${inode}`, inode, mode: 0o600 });
  const names = (more: Partial<FateOptions>) =>
    new Set(fatesOf(medium, { ...options, ...more }).map(({ picture }) => [...picture.keys()].join(' ')));
  t.strictSame([...names({})].sort(), ['', '/5', '/5 /6', '/6']);
  t.strictSame([...names({ fileSystem: 'ext4' })].sort(), ['', '/5', '/5 /6']);
});

t.test('where nothing is on its way there is nothing to lose', async (t) => {
  t.equal(fatesOf(new Medium(new Map(), new Map()), options).length, 2);
});
