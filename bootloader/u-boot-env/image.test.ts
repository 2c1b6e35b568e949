import { crc32 } from 'node:zlib';
import t from 'tap';
import {
  type ByteOrder,
  createEnv,
  detectShape,
  EnvError,
  type EnvErrorCode,
  type Flavour,
  getVar,
  importText,
  MAX_SIZE,
  parseEnv,
  sameVars,
  serializeEnv,
  updateEnv,
  withVars,
} from './index.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** An image around a payload, made without the code under test. */
function imageAround(flavour: Flavour, payload: string, byteOrder: ByteOrder = 'little'): Buffer {
  const header = Buffer.alloc(flavour === 'flag' ? 5 : 4);
  if (byteOrder === 'little') header.writeUInt32LE(crc32(latin1(payload)));
  else header.writeUInt32BE(crc32(latin1(payload)));
  return Buffer.concat([header, latin1(payload)]);
}

const refusal = (code: EnvErrorCode, message?: string | RegExp) =>
  message === undefined ? { name: 'EnvError', code } : { name: 'EnvError', code, message };

const kernelPayload =
  '6b65726e656c5f7374617475733d74727900736e61705f6b65726e656c3d70632d6b65726e656c5f312e736e61700000';
const kernelVars = { kernel_status: 'try', snap_kernel: 'pc-kernel_1.snap' };

t.test('serializeEnv gives the known bytes of vectors J1 to J5, and parseEnv reads them', async (t) => {
  const rows: readonly [row: string, flavour: Flavour, size: number, vars: Record<string, string>, bytes: Buffer][] = [
    ['J1', 'flag', 12, {}, hex('1138b389 00 0000 ffffffffff')],
    ['J2', 'plain', 11, {}, hex('1138b389 0000 ffffffffff')],
    ['J3', 'flag', 16, { a: 'b', c: 'd' }, hex('c7d96bc5 00 613d6200633d640000 ffff')],
    ['J4', 'plain', 15, { a: 'b', c: 'd' }, hex('c7d96bc5 613d6200633d640000 ffff')],
    ['J5 flag', 'flag', 64, kernelVars, hex(`73028aa3 00 ${kernelPayload} ${'ff'.repeat(11)}`)],
    ['J5 plain', 'plain', 64, kernelVars, hex(`84aaaf36 ${kernelPayload} ${'ff'.repeat(12)}`)],
  ];
  for (const [row, flavour, size, vars, bytes] of rows) {
    const image = withVars(createEnv({ size, flavour }), vars);
    t.same(Buffer.from(serializeEnv(image)), bytes, `${row} is written`);
    const read = parseEnv(bytes);
    t.same(
      { ...read, vars: Object.fromEntries(read.vars) },
      { vars, size, flavour, byteOrder: 'little', flag: 0 },
      `${row} is read`,
    );
  }
});

t.test('parseEnv reads what the vectors J6, J9 and J10 say, in both flavours', async (t) => {
  const rest = '\xff\xff';
  const rows: readonly [row: string, payload: string, bestEffort: boolean, vars: Record<string, string>][] = [
    ['J6 stops at two NULs', `foo=bar\0\0=b${rest}`, false, { foo: 'bar' }],
    ['J9 skips what is malformed', 'key1=value1\0foo\0key2=value2\0\0', true, { key1: 'value1', key2: 'value2' }],
    ['J9 without terminator', 'key1=value1\0foo\0key2=value2', true, { key1: 'value1', key2: 'value2' }],
    ['J9 with trailing piece', 'key1=value1\0key2=value2\0foo', true, { key1: 'value1', key2: 'value2' }],
    ['J10 empty', `\0\0${rest}`, false, {}],
    ['zero padding', 'foo=bar\0\0\0\0\0\0', false, { foo: 'bar' }],
    ['no terminator', 'foo=bar', false, { foo: 'bar' }],
    ['erased entry', `a=b\0\xffc=d\0e=f\0\0`, false, { a: 'b', e: 'f' }],
    ['one leading NUL', '\0foo=bar\0\0', false, { foo: 'bar' }],
    ['value with "="', 'cmd=a=b=c\0\0', false, { cmd: 'a=b=c' }],
    ['empty value', 'foo=\0bar=x\0\0', false, { foo: '', bar: 'x' }],
    ['of two equal names the last', 'a=1\0b=x\0a=2\0\0', false, { a: '2', b: 'x' }],
  ];
  for (const [row, payload, bestEffort, vars] of rows) {
    for (const flavour of ['flag', 'plain'] as const) {
      const read = parseEnv(imageAround(flavour, payload), { bestEffort });
      t.same(Object.fromEntries(read.vars), vars, `${row}, ${flavour}`);
      t.equal(read.flavour, flavour, `${row}: ${flavour} is detected`);
    }
  }
});

t.test('parseEnv refuses with a code and the message of snapd', async (t) => {
  const zeros = new Uint8Array(4096);
  const crcOfZeros = crc32(zeros.subarray(4));
  const rows: readonly [row: string, bytes: Uint8Array, code: EnvErrorCode, message: string][] = [
    ['J7', imageAround('flag', 'foo\0\0'), 'bad-entry', 'cannot open "f": cannot parse line "foo" as key=value pair'],
    [
      'J8',
      imageAround('plain', '=foo\0\0'),
      'bad-entry',
      'cannot open "f": cannot parse line "=foo" as key=value pair',
    ],
    ['J11', new Uint8Array(0), 'too-small', 'cannot open "f": smaller than expected environment block'],
    ['5 bytes', new Uint8Array(5), 'too-small', 'cannot open "f": smaller than expected environment block'],
    ['J12', zeros, 'bad-crc', `cannot open "f": bad CRC 0 != ${crcOfZeros}`],
    ['too much', new Uint8Array(MAX_SIZE + 1), 'too-large', `cannot open "f": larger than ${MAX_SIZE} bytes`],
  ];
  for (const [row, bytes, code, message] of rows) {
    t.throws(() => parseEnv(bytes, { name: 'f' }), refusal(code, message), row);
  }
  t.throws(
    () => parseEnv(zeros),
    refusal('bad-crc', /^cannot open environment image: bad CRC 0 != /),
    'without a name',
  );
  t.throws(() => parseEnv(zeros, { bestEffort: true }), refusal('bad-crc'), 'best effort is no excuse for a bad CRC');
  const hostile = `${'x'.repeat(5000)}\0\0`;
  t.throws(() => parseEnv(imageAround('plain', hostile)), { message: /^.{1,200}$/ }, 'a message stays short');
});

t.test('parseEnv accepts one flavour only, if asked to', async (t) => {
  for (const flavour of ['flag', 'plain'] as const) {
    const bytes = imageAround(flavour, 'foo=bar\0\0');
    const other = flavour === 'flag' ? 'plain' : 'flag';
    t.equal(getVar(parseEnv(bytes, { flavour }), 'foo'), 'bar');
    t.throws(() => parseEnv(bytes, { flavour: other }), refusal('bad-crc'), `${flavour} read as ${other}`);
  }
});

t.test('both byte orders are read by what verifies, and written as they were found', async (t) => {
  t.same(imageAround('plain', 'a=b\0c=d\0\0\xff\xff', 'big').toString('hex', 0, 4), 'c56bd9c7', 'J4, bytes swapped');
  for (const flavour of ['flag', 'plain'] as const) {
    for (const byteOrder of ['little', 'big'] as const) {
      const what = `${flavour}, ${byteOrder} endian`;
      const bytes = imageAround(flavour, 'a=b\0c=d\0\0\xff\xff', byteOrder);
      const read = parseEnv(bytes);
      t.match(read, { flavour, byteOrder }, what);
      t.same(Buffer.from(serializeEnv(read)), bytes, `${what}: the same bytes again`);
      t.same(createEnv({ size: 20, ...detectShape(bytes), flavour }), { ...read, vars: new Map(), size: 20 });
      const other = byteOrder === 'little' ? 'big' : 'little';
      t.equal(parseEnv(bytes, { byteOrder }).byteOrder, byteOrder, `${what}: asked for`);
      t.throws(() => parseEnv(bytes, { byteOrder: other }), refusal('bad-crc'), `${what}: the other one asked for`);
      const update = updateEnv(read, { a: 'c' });
      t.equal(update.changed && parseEnv(update.bytes).byteOrder, byteOrder, `${what}: a change keeps it`);
    }
  }
  const crcOfZeros = crc32(new Uint8Array(60));
  const swapped = Buffer.alloc(4);
  swapped.writeUInt32LE(1);
  const one = Buffer.concat([swapped, new Uint8Array(60)]);
  const rows: readonly [options: Parameters<typeof parseEnv>[1], stored: number, computed: number][] = [
    [{}, 1, crcOfZeros],
    [{ byteOrder: 'big' }, 0x01000000, crcOfZeros],
    [{ flavour: 'flag' }, 1, crc32(new Uint8Array(59))],
  ];
  for (const [options, stored, computed] of rows) {
    const message = `cannot open environment image: bad CRC ${stored} != ${computed}`;
    t.throws(() => parseEnv(one, options), refusal('bad-crc', message), JSON.stringify(options));
  }
});

t.test('any size is read, from 6 bytes to MAX_SIZE', async (t) => {
  const sizes = [6, 7, 8, 9, 63, 511, 4095, 4096, 4097, 8192, 65_537, 131_072, 262_144, 1_048_577, 3_000_001, MAX_SIZE];
  for (const size of sizes) {
    const payload = Buffer.alloc(size - 4, 0xff).fill(0, 0, 2);
    const header = Buffer.alloc(4);
    header.writeUInt32LE(crc32(payload));
    const bytes = Buffer.concat([header, payload]);
    t.match(parseEnv(bytes), { size, flavour: 'plain' }, `${size} bytes`);
    t.equal(Buffer.compare(serializeEnv(parseEnv(bytes)), bytes), 0, `${size} bytes, written again`);
  }
});

t.test('detectShape lets a new image look like the reference of a gadget (J18)', async (t) => {
  const rows: readonly [what: string, reference: Uint8Array, flavour: Flavour][] = [
    ['with flag byte', imageAround('flag', 'a=b\0\0'), 'flag'],
    ['without', imageAround('plain', 'a=b\0\0'), 'plain'],
    ['no image', new Uint8Array(0), 'flag'],
    ['too much', new Uint8Array(MAX_SIZE + 1), 'flag'],
    ['garbage', new Uint8Array(64).fill(7), 'flag'],
  ];
  for (const [what, reference, flavour] of rows) {
    t.match(createEnv({ size: 16, ...(detectShape(reference) ?? { flavour: 'flag' }) }), { flavour }, what);
  }
  t.equal(detectShape(imageAround('flag', 'a=b\0\0'), { flavour: 'plain' }), undefined, 'what is known is kept to');
  t.equal(detectShape(imageAround('flag', 'a=b\0\0'), { byteOrder: 'big' }), undefined);
});

t.test('withVars and updateEnv change what they are told and keep the rest', async (t) => {
  const before = parseEnv(imageAround('flag', 'foo=bar\0unknown=\xe9\xff\0\0\0\0\0\0\0\0'));
  const after = withVars(before, { foo: '', baz: 'x' });
  t.same(Object.fromEntries(after.vars), { unknown: '\xe9\xff', baz: 'x' }, 'J13: the empty value removes');
  t.same(Object.fromEntries(before.vars), { foo: 'bar', unknown: '\xe9\xff' }, 'the image that was there is untouched');
  t.equal(getVar(after, 'foo'), '');
  t.same(withVars(before, new Map([['foo', 'y']])).vars.get('foo'), 'y', 'a map will do as well');

  t.test('J16: nothing is written where nothing changes', async (t) => {
    for (const same of [{ foo: 'bar' }, { missing: '' }, {}]) {
      t.ok(sameVars(before, same));
      t.same(updateEnv(before, same), { changed: false, image: before }, JSON.stringify(same));
    }
    t.notOk(sameVars(before, { foo: 'bar', missing: 'x' }));
    t.throws(() => updateEnv(before, { 'a=b': '' }), refusal('bad-name'), 'a bad name is refused all the same');
  });

  const update = updateEnv({ ...before, flag: 9 }, { foo: 'new' });
  if (!update.changed) throw new Error('a change was not seen');
  t.equal(update.bytes.length, before.size, 'the size stays');
  t.equal(update.bytes[4], 0, 'the flag of a single image is written as 0');
  t.same(parseEnv(update.bytes), update.image);
  t.equal(serializeEnv({ ...before, flag: 9 })[4], 9, 'serializeEnv itself writes the flag it is given');
});

t.test('names and values that would not come back are refused', async (t) => {
  const image = createEnv({ size: 64, flavour: 'plain' });
  const rows: readonly [name: string, value: string, code: EnvErrorCode][] = [
    ['', 'x', 'bad-name'],
    ['a=b', 'x', 'bad-name'],
    ['a\0b', 'x', 'bad-name'],
    ['\xffa', 'x', 'bad-name'],
    ['\u0142', 'x', 'bad-name'],
    ['#a', 'x', 'bad-name'],
    [' a', 'x', 'bad-name'],
    ['a', 'x\0y', 'bad-value'],
    ['a', '\u20ac', 'bad-value'],
  ];
  for (const [name, value, code] of rows) {
    const what = JSON.stringify([name, value]);
    t.throws(() => withVars(image, new Map([[name, value]])), refusal(code, /^cannot set variable /), what);
    if (/^[# ]/.test(name)) continue;
    const unchecked = { ...image, vars: new Map([[name, value]]) };
    t.throws(() => serializeEnv(unchecked), refusal(code, /^cannot write variable /), `${what}, past withVars`);
  }
  const odd = parseEnv(imageAround('plain', '#a=b\0__proto__=c\0\0\0\0\0\0'));
  t.same(
    [...parseEnv(serializeEnv(odd)).vars],
    [
      ['#a', 'b'],
      ['__proto__', 'c'],
    ],
    'what an image has is kept',
  );
  t.same([...withVars(odd, { '#a': '' }).vars.keys()], ['__proto__'], 'and may be removed');
});

t.test('serializeEnv refuses to overflow, to the byte', async (t) => {
  for (const [flavour, header] of [
    ['plain', 4],
    ['flag', 5],
  ] as const) {
    const fits = withVars(createEnv({ size: 32, flavour }), { a: 'x'.repeat(32 - header - 4) });
    t.equal(parseEnv(serializeEnv(fits)).vars.get('a')?.length, 28 - header, `${flavour}: full`);
    const over = withVars(fits, { a: 'x'.repeat(32 - header - 3) });
    const message = 'cannot write environment: it needs 33 bytes and the image has 32; remove variables';
    t.throws(() => serializeEnv(over), refusal('overflow', message), `${flavour}: one byte too much`);
    t.throws(() => updateEnv(fits, { b: '1' }), refusal('overflow'));
  }
});

t.test('shapes that cannot be are refused', async (t) => {
  t.throws(() => createEnv({ size: 5, flavour: 'plain' }), refusal('too-small'));
  t.throws(() => createEnv({ size: 6, flavour: 'flag' }), refusal('too-small'));
  t.throws(() => createEnv({ size: 10.5, flavour: 'flag' }), refusal('too-small'));
  t.throws(() => createEnv({ size: MAX_SIZE + 1, flavour: 'flag' }), refusal('too-large'));
  const image = createEnv({ size: 64, flavour: 'flag' });
  for (const flag of [-1, 256, 0.5]) t.throws(() => serializeEnv({ ...image, flag }), refusal('bad-flag'));
  t.throws(() => serializeEnv({ ...image, size: 3 }), refusal('too-small'));
  t.equal(parseEnv(serializeEnv(createEnv({ size: 6, flavour: 'plain' }))).vars.size, 0, 'six bytes are an image');
});

t.test('importText reads what mkenvimage takes', async (t) => {
  const image = withVars(createEnv({ size: 64, flavour: 'flag' }), importText('foo=bar\n#comment\n\nbaz=baz'));
  const payload = Buffer.from(serializeEnv(image)).toString('latin1', 5, 22);
  t.equal(payload, 'baz=baz\0foo=bar\0\0', 'J14: in alphabetical order');
  t.same(
    [...importText('a=1\r\nb=\r\na=2=3')],
    [
      ['a', '2=3'],
      ['b', ''],
    ],
    'line ends, empty values, repeated names',
  );
  const rows: readonly [text: string, code: EnvErrorCode, message: string | RegExp][] = [
    ['foxy', 'bad-line', 'Invalid line: "foxy"'],
    ['a=b\n=c', 'bad-line', 'Invalid line: "=c"'],
    ['a=\0', 'bad-value', /NUL/],
    [' a=b', 'bad-name', /blank/],
    ['x'.repeat(MAX_SIZE + 1), 'too-large', /^cannot import /],
  ];
  for (const [text, code, message] of rows) {
    t.throws(() => importText(text), refusal(code, message), `J15: ${JSON.stringify(text.slice(0, 10))}`);
  }
});

t.test('EnvError is an Error with a code', async (t) => {
  t.match(new EnvError('bad-crc', 'm'), { name: 'EnvError', code: 'bad-crc', message: 'm' });
  t.type(new EnvError('bad-crc', 'm'), Error);
});
