/** Both directions against the tools devices have: `mkenvimage` (u-boot-tools), `fw_printenv`, `fw_setenv` (libubootenv). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { fails, run, vars } from './fixture-tools.ts';
import {
  type ByteOrder,
  createEnv,
  createRedundant,
  type Flavour,
  getVar,
  importText,
  parseEnv,
  parseRedundant,
  serializeEnv,
  updateEnv,
  updateRedundant,
  withVars,
} from './index.ts';

const dir = mkdtempSync(join(tmpdir(), 'u-boot-env-'));
t.teardown(() => rmSync(dir, { recursive: true }));

const path = (name: string): string => join(dir, name);

const source = [
  'snap_mode=try',
  'snap_kernel=pc-kernel_1.snap',
  'bootcmd=if test "$snap_mode" = try; then run x; fi',
  'latin=gr\xfc\xdfe',
  'back\\slash=a\\b',
].join('\n');

t.test('what mkenvimage makes is read, and written again byte for byte', async (t) => {
  // mkenvimage keeps the order of its input, so only a sorted input can come back the same.
  const lines = source.split('\n').sort().join('\n');
  writeFileSync(path('in.txt'), `# a comment\n${lines}\n`, 'latin1');
  for (const flavour of ['plain', 'flag'] as const) {
    for (const padding of [0x00, 0xff] as const) {
      for (const size of [256, 4096, 131072]) {
        const image = path('made.bin');
        const redundant = flavour === 'flag' ? ['-r'] : [];
        run('mkenvimage', ...redundant, '-p', String(padding), '-s', String(size), '-o', image, path('in.txt'));
        const bytes = readFileSync(image);
        const read = parseEnv(bytes);
        const what = `${flavour}, padding ${padding}, ${size} bytes`;
        t.match(read, { flavour, size, flag: flavour === 'flag' ? 1 : 0 }, what);
        t.same(Object.fromEntries(read.vars), vars(source), `${what}: variables`);
        t.equal(Buffer.compare(serializeEnv(read, { padding }), bytes), 0, `${what}: same bytes`);
      }
    }
  }
});

t.test('of two equal names the last counts, for us as for libubootenv', async (t) => {
  writeFileSync(path('twice.txt'), 'a=1\nb=x\na=2\n');
  run('mkenvimage', '-s', '64', '-o', path('twice.bin'), path('twice.txt'));
  t.equal(readFileSync(path('twice.bin')).toString('latin1', 4, 17), 'a=1\0b=x\0a=2\0\0', 'mkenvimage writes both');
  writeFileSync(path('twice.cfg'), `${path('twice.bin')} 0x0 0x40\n`);
  t.same(vars(run('fw_printenv', '-c', path('twice.cfg'))), { a: '2', b: 'x' });
  t.same(Object.fromEntries(parseEnv(readFileSync(path('twice.bin'))).vars), { a: '2', b: 'x' });
});

t.test('a single image goes back and forth between us, fw_printenv and fw_setenv', async (t) => {
  const file = path('single.bin');
  const config = path('single.cfg');
  writeFileSync(config, `${file} 0x0 0x1000\n`);
  const image = withVars(createEnv({ size: 4096, flavour: 'plain' }), importText(source));
  for (const padding of [0x00, 0xff] as const) {
    writeFileSync(file, serializeEnv(image, { padding }));
    t.same(vars(run('fw_printenv', '-c', config)), vars(source), `ours is read, padding ${padding}`);
  }
  run('fw_setenv', '-c', config, 'snap_mode', 'trying');
  run('fw_setenv', '-c', config, 'snap_kernel');
  const theirs = parseEnv(readFileSync(file));
  t.match(theirs, { flavour: 'plain', size: 4096 });
  t.same(Object.fromEntries(theirs.vars), vars(source.replace('=try\n', '=trying\n').replace(/snap_kernel.*\n/, '')));

  const update = updateEnv(theirs, { snap_mode: '', snap_core: 'core_2.snap' });
  if (!update.changed) throw new Error('a change was not seen');
  writeFileSync(file, update.bytes);
  t.equal(run('fw_printenv', '-c', config, '-n', 'snap_core'), 'core_2.snap\n');
  t.notOk('snap_mode' in vars(run('fw_printenv', '-c', config)), 'the removed variable is gone');
});

t.test('a pair goes back and forth, the flags running over 255', async (t) => {
  const file = path('pair.bin');
  const config = path('pair.cfg');
  const size = 8192;
  writeFileSync(config, `${file} 0x0 0x2000\n${file} 0x2000 0x2000\n`);
  const bytes = Buffer.from(createRedundant({ vars: { snap_kernel: 'k_1.snap' } }));
  for (const flag of [0, 1]) bytes[flag * size + 4] = 253 - flag;
  writeFileSync(file, bytes);
  t.same(vars(run('fw_printenv', '-c', config)), { snap_kernel: 'k_1.snap' });

  let expected = 253;
  for (let turn = 0; turn < 6; turn += 1) {
    const value = `value-${turn}`;
    expected = (expected + 1) & 0xff;
    const before = readFileSync(file);
    if (turn % 2 === 0) {
      run('fw_setenv', '-c', config, 'turn', value);
    } else {
      const update = updateRedundant(parseRedundant(before), { turn: value });
      if (!update.changed) throw new Error('a change was not seen');
      for (const { offset, bytes } of update.writes) before.set(bytes, offset);
      writeFileSync(file, before);
    }
    const env = parseRedundant(readFileSync(file));
    t.equal(env.image.flag, expected, `flag ${expected}`);
    t.equal(getVar(env.image, 'turn'), value, 'we read what was written');
    t.equal(getVar(env.image, 'snap_kernel'), 'k_1.snap');
    t.equal(run('fw_printenv', '-c', config, '-n', 'turn'), `${value}\n`, 'and so does fw_printenv');
  }
});

t.test('with one copy damaged, we and fw_printenv read the other one', async (t) => {
  const file = path('half.bin');
  const config = path('half.cfg');
  writeFileSync(config, `${file} 0x0 0x2000\n${file} 0x2000 0x2000\n`);
  const bytes = Buffer.from(createRedundant({ vars: { a: 'old' } }));
  const update = updateRedundant(parseRedundant(bytes), { a: 'new' });
  if (!update.changed) throw new Error('a change was not seen');
  for (const write of update.writes) bytes.set(write.bytes, write.offset);
  for (const [copy, value] of [
    [0, 'new'],
    [1, 'old'],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged[copy * 8192 + 100] = 0x41;
    writeFileSync(file, damaged);
    t.equal(getVar(parseRedundant(damaged).image, 'a'), value, `copy ${copy + 1} damaged`);
    t.equal(run('fw_printenv', '-c', config, '-n', 'a'), `${value}\n`, `fw_printenv, copy ${copy + 1} damaged`);
  }
});

t.test('a damaged checksum is refused by both', async (t) => {
  const file = path('bad.bin');
  writeFileSync(path('bad.cfg'), `${file} 0x0 0x1000\n`);
  const good = serializeEnv(withVars(createEnv({ size: 4096, flavour: 'plain' }), { a: 'b' }));
  writeFileSync(file, good);
  t.notOk(fails('fw_printenv', '-c', path('bad.cfg'), 'a'), 'the good one is read');
  writeFileSync(file, good.with(2000, 0));
  t.throws(() => parseEnv(readFileSync(file)), { code: 'bad-crc' });
  t.ok(fails('fw_printenv', '-c', path('bad.cfg'), 'a'));
});

t.test('each flavour and byte order of ours is the one mkenvimage makes from the same text', async (t) => {
  writeFileSync(path('same.txt'), 'a=b\nc=d\n');
  const rows: readonly [flavour: Flavour, byteOrder: ByteOrder, args: readonly string[]][] = [
    ['plain', 'little', []],
    ['flag', 'little', ['-r']],
    ['plain', 'big', ['-b']],
    ['flag', 'big', ['-r', '-b']],
  ];
  for (const [flavour, byteOrder, args] of rows) {
    run('mkenvimage', ...args, '-s', '1024', '-o', path('same.bin'), path('same.txt'));
    const theirs = readFileSync(path('same.bin'));
    const ours = withVars(createEnv({ size: 1024, flavour, byteOrder }), { c: 'd', a: 'b' });
    const flag = flavour === 'flag' ? 1 : 0;
    t.same(Buffer.from(serializeEnv({ ...ours, flag })), theirs, `${flavour}, ${byteOrder} endian`);
    t.match(parseEnv(theirs), { flavour, byteOrder, flag }, 'and is read as such');
  }
});
