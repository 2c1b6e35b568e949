import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Disk } from './disk.ts';
import { diskErrorFrom } from './disk-error.ts';
import { type PageCache, realDisk } from './disk-real.ts';
import { SimDisk } from './disk-sim.ts';
import { bytes, pieces, TABLE, text } from './disk-table.ts';
import type { DurableWrite, Moment } from './durable.ts';
import { buildAddon, hostArch } from './native/build.ts';
import { loadNative } from './native/native.ts';
import { type Cut, forEachCut, type PowerSupply, powerSupply } from './power.ts';

const addon = loadNative(buildAddon(hostArch()).path);

for (const which of ['real', 'simulated'] as const) {
  t.test(`the ${which} disk`, async (t) => {
    const base = t.testdir();
    for (const [i, row] of TABLE.entries()) {
      const disk: Disk = which === 'real' ? realDisk(addon) : new SimDisk();
      const folder = which === 'real' ? join(base, String(i)) : '/bench';
      await disk.mkdir(folder);
      const bench = { disk, at: (name: string) => (name === '.' ? folder : `${folder}/${name}`) };
      if (row.fails === undefined) t.strictSame(await row.run(bench), row.gives, row.title);
      else await t.rejects(row.run(bench), { name: 'DiskError', code: row.fails, message: /^cannot / }, row.title);
    }
  });
}

/** Changes one thing after the other, as a refresh does; what may be seen of each is told below. */
async function plan(disk: Disk, at: (name: string) => string): Promise<void> {
  await disk.mkdir(at('new/deep'));
  await disk.writeStream(at('new/deep/kernel'), pieces('image'), { maxBytes: 9 });
  await disk.replace(at('digest'), bytes('second'), { verify: true });
  await disk.swapSymlink('new', at('current'));
  await disk.rename(at('new/deep'), at('x2'));
  await disk.rewrite(at('env'), bytes('EFGH'));
  await disk.remove(at('old'));
  await disk.remove(at('digest'));
}

async function look(disk: Disk, path: string): Promise<string> {
  const stat = await disk.stat(path);
  if (stat?.kind === 'file') return await text(disk, path);
  if (stat?.kind === 'symlink') return `-> ${await disk.readLink(path)}`;
  return stat === undefined ? 'nothing' : 'directory';
}

async function prepare(disk: Disk, at: (name: string) => string): Promise<void> {
  await disk.mkdir(at('old/deep'));
  await disk.replace(at('old/deep/file'), bytes('file'));
  await disk.replace(at('digest'), bytes('first'));
  await disk.swapSymlink('old', at('current'));
  await disk.replace(at('env'), bytes('abcd'));
}

/** Name, its content before the plan, then write -> content. Whatever is at a write's name is old inside it and new after it. */
const HISTORY: readonly (readonly [name: string, first: string, ...steps: readonly [write: number, then: string][]])[] =
  [
    ['new', 'nothing', [0, 'directory']],
    ['new/deep/kernel', 'nothing', [2, 'image'], [5, 'nothing']],
    ['digest', 'first', [3, 'second'], [8, 'nothing']],
    ['current', '-> old', [4, '-> new']],
    ['x2/kernel', 'nothing', [5, 'image']],
    ['env', 'abcd', [6, 'EFGH']],
    ['old', 'directory', [7, 'nothing']],
    ['old/deep/file', 'file', [7, 'nothing']],
  ];
/** These go through no temporary name, so that inside them the new name is there though not yet durable. */
const SHOWN_INSIDE: readonly number[] = [0, 1, 5, 7, 8];

function expected([, first, ...steps]: (typeof HISTORY)[number], { at, moment }: Cut): string {
  const done = (write: number): boolean =>
    at > write || (at === write && (moment === 'after' || (moment === 'inside' && SHOWN_INSIDE.includes(write))));
  return steps.filter(([write]) => done(write)).at(-1)?.[1] ?? first;
}

const WRITES = [
  ...['mkdir new', 'mkdir new/deep', 'stream new/deep/kernel', 'replace digest', 'symlink current'],
  ...['rename x2', 'rewrite env', 'remove old', 'remove digest'],
];

for (const which of ['real', 'simulated'] as const) {
  t.test(`the ${which} disk shows old or new, never between, wherever the power is cut`, async (t) => {
    const base = t.testdir();
    let runs = 0;
    let cuts = 0;
    let disk: Disk = new SimDisk();
    let at = (name: string): string => `/bench/${name}`;
    const run = async (power: PowerSupply): Promise<void> => {
      const folder = which === 'real' ? join(base, String(runs++)) : '/bench';
      at = (name) => `${folder}/${name}`;
      const calm = which === 'real' ? realDisk(addon) : new SimDisk();
      await prepare(calm, at);
      disk = calm;
      if (which === 'real') disk = realDisk(addon, power.onWrite);
      else (calm as SimDisk).reboot({ power });
      await plan(disk, at);
    };
    const writes = await forEachCut(run, async (cut, power) => {
      const name = `${cut.moment} write ${cut.at}`;
      await t.rejects(disk.replace(at('digest'), bytes('late')), { name: 'PowerCut' }, `${name}: no write after it`);
      if (disk instanceof SimDisk) disk.reboot({ leftovers: cuts++ % 2 === 0 ? 'kept' : 'lost' });
      power.restore();
      for (const row of HISTORY) {
        const found = await look(disk, at(row[0]));
        const torn = row[0] === 'env' && cut.at === 6 && cut.moment === 'inside';
        if (torn) t.match(found, /^(EFcd|EFGH)$/, `${name}: env is torn or new`);
        else if (found !== expected(row, cut)) t.equal(found, expected(row, cut), `${name}: ${row[0]}`);
      }
      // Start-up is recovery: after a sweep the same plan runs to its end from wherever it was.
      const again = which === 'real' ? realDisk(addon) : disk;
      for (const folder of ['', 'new', 'new/deep']) {
        if ((await again.stat(at(folder)))?.kind === 'directory') await again.sweep(at(folder));
      }
      await again.remove(at('x2'));
      await plan(again, at);
      t.strictSame(await again.list(at('')), ['current', 'env', 'new', 'x2'], `${name}: the plan can be run again`);
    });
    t.strictSame(
      writes.map((write) => write.replace(/ .*\/(?:\d+|bench)\//, ' ')),
      WRITES,
      'each write was announced by its name',
    );
  });
}

t.test('every write is announced before, inside and after', async (t) => {
  const seen: string[] = [];
  const witness = (write: DurableWrite, moment: Moment): void => {
    seen.push(`${moment} ${write.op}`);
  };
  const folder = t.testdir();
  const disk = realDisk(addon, witness);
  await prepare(disk, (name) => join(folder, name));
  await plan(disk, (name) => join(folder, name));
  const moments = seen.map((line) => line.split(' ')[0]);
  t.equal(moments.length, 3 * (WRITES.length + 6));
  t.strictSame(
    new Set(moments.map((_, i) => moments.slice(i - (i % 3), i - (i % 3) + 3).join())),
    new Set(['before,inside,after']),
  );
});

/** A medium that keeps other bytes than it was given: they change when the page cache is dropped. */
function lying(folder: string): PageCache {
  const spoil = (): void => {
    for (const name of ['.a.holdfast~', 'a']) {
      try {
        chmodSync(join(folder, name), 0o644);
        writeFileSync(join(folder, name), 'lies', { flag: 'r+' });
      } catch {}
    }
  };
  return { fadviseDontNeed: spoil, blkflsbuf: spoil };
}

t.test('what the medium does not give back is never pointed at', async (t) => {
  const folder = t.testdir({ real: { a: 'true' } });
  const rows: readonly [name: string, disk: Disk, path: string][] = [
    ['real', realDisk(lying(join(folder, 'real'))), join(folder, 'real', 'a')],
    ['simulated', new SimDisk({ faults: { corrupt: () => true } }), '/a'],
  ];
  for (const [name, disk, path] of rows) {
    if (disk instanceof SimDisk) disk.seed(path, 'true');
    const before = await text(disk, path);
    await t.rejects(disk.replace(path, bytes('more'), { verify: true }), { code: 'read-back' }, `${name}: replace`);
    await t.rejects(disk.writeStream(path, pieces('more'), { maxBytes: 9 }), { code: 'read-back' }, `${name}: stream`);
    if (disk instanceof SimDisk) t.equal(await text(disk, path), before, 'the name still has the old content');
    t.strictSame(await disk.sweep(path.replace(/\/a$/, '') || '/'), [], `${name}: nothing is left`);
    await t.rejects(disk.rewrite(path, bytes('more')), { code: 'read-back' }, `${name}: rewrite`);
  }
});

t.test('two writes to one path at a time are refused', async (t) => {
  const folder = t.testdir();
  const disk = realDisk(addon);
  const path = join(folder, 'a');
  const release = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<Uint8Array> {
    await release.promise;
    yield bytes('first');
  }
  const first = disk.writeStream(path, slow(), { maxBytes: 9 });
  await t.rejects(disk.replace(path, bytes('second')), { code: 'busy' });
  release.resolve();
  await first;
  t.equal(await text(disk, path), 'first');
  await disk.replace(path, bytes('second'));
});

t.test('the simulated disk fails as it is told', async (t) => {
  const disk = new SimDisk({ faults: { capacity: 8 } });
  disk.seed('/a', '12345');
  disk.addDevice('/dev/env', 4);
  t.equal(await disk.free('/'), 3);
  await t.rejects(disk.replace('/a', bytes('1234')), { code: 'no-space' }, 'old and new need room at once');
  await t.rejects(disk.writeStream('/b', pieces('12', '34'), { maxBytes: 9 }), { code: 'no-space' });
  await disk.rewrite('/dev/env', bytes('full'));
  t.equal(await text(disk, '/dev/env'), 'full', 'a device has its own room');
  disk.faults.readOnly = true;
  await t.rejects(disk.remove('/a'), { code: 'read-only' });
  disk.faults.readOnly = false;
  disk.faults.fail = ({ op }) => (op === 'rewrite' ? 'io' : undefined);
  await t.rejects(disk.rewrite('/dev/env', bytes('x')), { code: 'io' });
  t.strictSame(disk.picture(), { '/': '/', '/a': '12345', '/dev': '/', '/dev/env': 'full' });
});

t.test('the simulated disk tears a rewrite where it is told', async (t) => {
  for (const [torn, left] of [
    [0, 'abcd'],
    [3, 'EFGd'],
    [4, 'EFGH'],
  ] as const) {
    const disk = new SimDisk({ power: powerSupply({ at: 0, moment: 'inside' }), faults: { tear: () => torn } });
    disk.seed('/env', 'abcd');
    await t.rejects(disk.rewrite('/env', bytes('EFGH')), { name: 'PowerCut' });
    await t.rejects(disk.readFile('/env', { maxBytes: 9 }), { name: 'PowerCut' }, 'nothing is read without power');
    disk.reboot();
    t.equal(await text(disk, '/env'), left);
  }
});

t.test('an error of the system becomes a DiskError that says what to do', async (t) => {
  const rows: readonly [thrown: unknown, code: string, message: RegExp][] = [
    [
      Object.assign(new Error(), { code: 'ENOSPC' }),
      'no-space',
      /cannot write \/a: no space is left; remove something/,
    ],
    [Object.assign(new Error(), { code: 'EROFS' }), 'read-only', /file system is read-only/],
    [Object.assign(new Error(), { code: 'refused', errno: 'EIO' }), 'io', /see the kernel log/],
    [Object.assign(new Error(), { code: 'EXDEV', errno: -18 }), 'other-file-system', /different file systems/],
    [Object.assign(new Error(), { code: 'ENOSYS' }), 'io', /\(ENOSYS\)/],
    ['a string', 'io', /\(a string\)/],
  ];
  for (const [thrown, code, message] of rows) {
    t.match(diskErrorFrom(thrown, 'write', '/a'), { name: 'DiskError', code, path: '/a', message, cause: thrown });
  }
});

t.test('forEachCut passes on what fails with the power on', async (t) => {
  await t.rejects(
    forEachCut(
      () => Promise.reject(new Error('broken')),
      async () => {},
    ),
    { message: 'broken' },
  );
  let runs = 0;
  const shrinking = async (power: PowerSupply): Promise<void> => {
    if (runs++ === 0) power.onWrite({ op: 'commit', path: 'only once' }, 'before');
  };
  await t.rejects(
    forEachCut(shrinking, async () => {}),
    { message: /the run went another way/ },
  );
});
