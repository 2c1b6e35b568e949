import t from 'tap';
import {
  createEnv,
  createRedundant,
  type FlagScheme,
  getVar,
  isNewerFlag,
  MAX_SIZE,
  parseRedundant,
  REDUNDANT_SIZE,
  type RedundantEnv,
  type RedundantUpdateOptions,
  serializeEnv,
  updateRedundant,
  withVars,
} from './index.ts';

/** A medium with a pair on it: every save goes through the bytes, as it would on a device. */
class Medium {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly scheme: FlagScheme;

  constructor(
    size: number = REDUNDANT_SIZE,
    bytes: Uint8Array = createRedundant({ size }),
    scheme: FlagScheme = 'counter',
  ) {
    this.size = size;
    this.bytes = bytes;
    this.scheme = scheme;
  }

  read(): RedundantEnv {
    return parseRedundant(this.bytes, { size: this.size, scheme: this.scheme });
  }

  /** Saves, and says which copy was written; undefined where none was. */
  save(changes: Record<string, string>, options: RedundantUpdateOptions = {}): number | undefined {
    const update = updateRedundant(this.read(), changes, options);
    if (!update.changed) return undefined;
    for (const { offset, bytes } of update.writes) this.bytes.set(bytes, offset);
    return update.copy;
  }

  flags(): readonly (number | undefined)[] {
    return [this.bytes[4], this.bytes[this.size + 4]];
  }

  damage(copy: number): void {
    const at = copy * this.size + this.size - 1;
    this.bytes[at] = (this.bytes[at] ?? 0) ^ 0x01;
  }

  get(name: string): string {
    return getVar(this.read().image, name);
  }

  copy(n: number): string {
    return Buffer.from(this.bytes.subarray(n * this.size, (n + 1) * this.size)).toString('hex');
  }
}

t.test('createRedundant and updateRedundant alternate copies and count flags (K1 to K5, K12, K15)', async (t) => {
  const medium = new Medium();
  t.equal(medium.bytes.length, 16384, 'K1');
  t.same(medium.flags(), [2, 1], 'K2');
  t.equal(parseRedundant(medium.bytes).active, 0);
  t.equal(medium.save({ snap_kernel: 'pc-kernel_1.snap' }), 1, 'K12: the second copy is at size');
  t.same(medium.flags(), [2, 3], 'K3');
  t.equal(medium.save({ snap_try_kernel: 'pc-kernel_2.snap' }), 0);
  t.same(medium.flags(), [4, 3], 'K4');
  t.equal(medium.save({ kernel_status: 'try' }), 1);
  t.same(medium.flags(), [4, 5], 'K5');
  t.equal(medium.get('snap_kernel'), 'pc-kernel_1.snap', 'K15');
  t.equal(medium.get('snap_try_kernel'), 'pc-kernel_2.snap', 'K15');
  t.equal(medium.get('kernel_status'), 'try', 'K15');
});

t.test('the bytes of a small pair are the known ones (K13, K14)', async (t) => {
  const medium = new Medium(48);
  const first = `51db84a0020000${'ff'.repeat(41)}`;
  t.equal(medium.copy(0), first, 'K13');
  t.equal(medium.copy(1), `51db84a0010000${'ff'.repeat(41)}`, 'K13');
  medium.save({ kernel_status: 'try' });
  t.equal(medium.copy(0), first, 'K14: the active copy is not touched');
  t.equal(medium.copy(1), `45f725ab036b65726e656c5f7374617475733d7472790000${'ff'.repeat(24)}`, 'K14');
  medium.save({ kernel_status: '' });
  t.equal(medium.copy(0), `51db84a0040000${'ff'.repeat(41)}`, 'cleared again');
});

t.test('parseRedundant survives one damaged copy and says so (K6)', async (t) => {
  for (const copy of [0, 1]) {
    const medium = new Medium();
    medium.save({ a: '1' });
    medium.save({ a: '2' });
    medium.damage(copy);
    t.equal(medium.get('a'), copy === 0 ? '1' : '2');
    const env = parseRedundant(medium.bytes, { name: 'd' });
    t.match(env, { active: 1 - copy, damaged: { code: 'bad-crc' } });
    t.match(env.damaged?.message, `cannot open "d copy ${copy + 1}": bad CRC`);
    const value = medium.get('a');
    t.equal(medium.save({ a: value }), undefined, 'nothing changes, so nothing is written');
    t.equal(medium.save({ a: value }, { force: true }), copy, 'unless the damaged copy is to be brought back');
    t.equal(parseRedundant(medium.bytes).damaged, undefined);
    t.equal(medium.get('a'), value);
  }
});

t.test('parseRedundant refuses what is no pair (K7, K8)', async (t) => {
  const medium = new Medium();
  medium.damage(0);
  medium.damage(1);
  const message = /^cannot open redundant environment "d": both copies invalid: .*copy 1.*bad CRC.*copy 2.*bad CRC/;
  t.throws(() => parseRedundant(medium.bytes, { name: 'd' }), { code: 'both-invalid', message }, 'K7');
  t.throws(
    () => parseRedundant(new Uint8Array(100)),
    { code: 'too-small', message: /redundant environment device too small or unreadable/ },
    'K8',
  );
  const plain = serializeEnv(createEnv({ size: 64, flavour: 'plain' }));
  const plainPair = Buffer.concat([plain, plain]);
  t.throws(() => parseRedundant(plainPair, { size: 64 }), { code: 'both-invalid' }, 'a pair has flag bytes');
  for (const size of [0, -64, 64.5, Number.NaN])
    t.throws(() => parseRedundant(medium.bytes, { size }), { code: 'too-small' });
  t.throws(() => parseRedundant(medium.bytes, { size: MAX_SIZE + 1 }), { code: 'too-large' });
});

t.test('parseRedundant leaves the rest of the partition alone', async (t) => {
  const partition = new Uint8Array(64 * 1024);
  partition.set(createRedundant({ vars: { a: 'b' } }));
  const env = parseRedundant(partition);
  t.equal(getVar(env.image, 'a'), 'b');
  t.equal(env.image.size, REDUNDANT_SIZE);
});

t.test('flags wrap around (K9)', async (t) => {
  const medium = new Medium(64);
  for (let counter = 0; counter <= 255; counter += 1) {
    medium.save({ counter: String(counter) });
    if (medium.get('counter') !== String(counter)) t.fail(`save ${counter} is not read back`);
  }
  t.equal(medium.get('counter'), '255');
  t.same(medium.flags(), [2, 1], '256 saves later the flags are what they were');
});

t.test('isNewerFlag is the difference as a signed byte (K10)', async (t) => {
  const rows: readonly [a: number, b: number, newer: boolean][] = [
    [2, 1, true],
    [1, 2, false],
    [0, 255, true],
    [255, 0, false],
    [1, 255, true],
    [255, 1, false],
    [0, 0, true],
    [255, 255, true],
  ];
  for (const [a, b, newer] of rows) t.equal(isNewerFlag(a, b), newer, `${a} against ${b}`);
});

t.test('the active copy is never written (K11), also where both flags are equal', async (t) => {
  const image = withVars(createEnv({ size: 64, flavour: 'flag' }), { a: '1' });
  for (const [flags, written] of [
    [
      [5, 4],
      [5, 6],
    ],
    [
      [4, 5],
      [6, 5],
    ],
    [
      [7, 7],
      [7, 8],
    ],
    [
      [255, 254],
      [255, 0],
    ],
    [
      [255, 0],
      [1, 0],
    ],
  ] as const) {
    const bytes = Buffer.concat(flags.map((flag) => serializeEnv({ ...image, flag })));
    const medium = new Medium(64, bytes);
    medium.save({ a: '2' });
    t.same(medium.flags(), written, `${flags}`);
    t.equal(medium.get('a'), '2');
  }
});

t.test('no useless write (K17), and no write that does not fit', async (t) => {
  const medium = new Medium(64);
  medium.save({ a: '1' });
  const before = Buffer.from(medium.bytes);
  t.equal(medium.save({ a: '1', missing: '' }), undefined);
  t.throws(() => medium.save({ b: 'x'.repeat(64) }), { code: 'overflow' });
  t.throws(() => medium.save({ 'b=': 'x' }), { code: 'bad-name' });
  t.same(Buffer.from(medium.bytes), before, 'the medium is as it was');
});

t.test('boolean flags: the new copy is active, then the old one is made obsolete', async (t) => {
  const medium = new Medium(64, createRedundant({ size: 64, scheme: 'boolean' }), 'boolean');
  t.same(medium.flags(), [1, 0]);
  for (const [value, copy, flags] of [
    ['1', 1, [0, 1]],
    ['2', 0, [1, 0]],
    ['3', 1, [0, 1]],
  ] as const) {
    const before = [medium.copy(0), medium.copy(1)];
    t.equal(medium.save({ a: value }), copy);
    t.same(medium.flags(), flags);
    t.equal(medium.get('a'), value);
    const other = medium.copy(1 - copy);
    const expected = `${before[1 - copy]?.slice(0, 8)}00${before[1 - copy]?.slice(10)}`;
    t.equal(other, expected, 'of the other copy only the flag byte is written');
  }
  const update = updateRedundant(medium.read(), { a: '4' });
  t.match(update, {
    env: { active: 0, scheme: 'boolean', image: { flag: 1 } },
    writes: [{ offset: 0 }, { offset: 68 }],
  });
});

t.test('isNewerFlag with boolean flags', async (t) => {
  const rows: readonly [a: number, b: number, first: boolean][] = [
    [1, 0, true],
    [0, 1, false],
    [1, 1, true],
    [0, 0, true],
    [255, 255, true],
    [255, 1, true],
    [1, 255, false],
    [0, 255, false],
    [2, 1, true],
    [1, 2, false],
  ];
  for (const [a, b, first] of rows) t.equal(isNewerFlag(a, b, 'boolean'), first, `${a} against ${b}`);
});

t.test('a pair of either byte order is read, and keeps it', async (t) => {
  for (const byteOrder of ['little', 'big'] as const) {
    const medium = new Medium(64, createRedundant({ size: 64, byteOrder, vars: { a: '1' } }));
    t.equal(medium.read().image.byteOrder, byteOrder);
    medium.save({ a: '2' });
    t.match(parseRedundant(medium.bytes, { size: 64, byteOrder }), { active: 1, damaged: undefined }, byteOrder);
    const other = byteOrder === 'little' ? 'big' : 'little';
    t.throws(() => parseRedundant(medium.bytes, { size: 64, byteOrder: other }), { code: 'both-invalid' });
  }
});

t.test('writes cut anywhere leave the old or the new content', async (t) => {
  const vars = { snap_mode: 'try', snap_kernel: 'k_1.snap' };
  for (const scheme of ['counter', 'boolean'] as const) {
    for (const active of [0, 1] as const) {
      const bytes = createRedundant({ size: 128, vars, scheme });
      const start = new Medium(128, bytes, scheme);
      if (active === 1) start.save({ touched: 'x' });
      const update = updateRedundant(start.read(), { snap_mode: 'trying' });
      if (!update.changed) throw new Error('a change was not seen');
      const steps = update.writes.flatMap(({ offset, bytes }) =>
        [...bytes].map((byte, at) => [offset + at, byte] as const),
      );
      const seen: Record<string, number> = {};
      for (let written = 0; written <= steps.length; written += 1) {
        const medium = new Medium(128, start.bytes.slice(), scheme);
        for (const [at, byte] of steps.slice(0, written)) medium.bytes[at] = byte;
        const mode = medium.get('snap_mode');
        seen[mode] = (seen[mode] ?? 0) + 1;
        if (medium.get('snap_kernel') !== 'k_1.snap') t.fail(`cut after ${written} bytes loses a variable`);
        if (written === steps.length) t.equal(mode, 'trying', `${scheme}, copy ${active + 1} was active: all written`);
      }
      t.same(Object.keys(seen).sort(), ['try', 'trying'], `${scheme}, copy ${active + 1} was active`);
    }
  }
});
