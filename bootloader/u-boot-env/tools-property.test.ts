/**
 * Random environments, changed in turn by us and by `fw_setenv`, and read by both after each change: single images, pairs with
 * counters in a file, pairs with boolean flags in (pretended) NOR flash.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { norFlash, run } from './fixture-tools.ts';
import {
  createEnv,
  createRedundant,
  type EnvImage,
  type FlagScheme,
  importText,
  isNewerFlag,
  parseEnv,
  parseRedundant,
  type Shape,
  serializeEnv,
  updateEnv,
  updateRedundant,
  withVars,
} from './index.ts';
import { type Below, randomBelow } from './random.ts';

const SEED = Number(process.env['HOLDFAST_SEED'] ?? 20261121);
const dir = mkdtempSync(join(tmpdir(), 'u-boot-env-property-'));
t.teardown(() => rmSync(dir, { recursive: true }));

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:$;"\'`\\ {}()é№';

/** Text as an argument of a program can carry it; our strings have its UTF-8 bytes. */
function text(below: Below, length: number): string {
  const letters = [...LETTERS];
  return Array.from({ length }, () => letters[below(letters.length)]).join('');
}
const toBytes = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

/** Names without what U-Boot itself would not read back; `.flags` means something to libubootenv. */
const nameOf = (below: Below): string => `v${text(below, below(10))}`;

/** Some new variables, some changed, some removed; few enough names that they meet again. */
function randomChanges(below: Below, names: readonly string[]): ReadonlyMap<string, string> {
  const changes = new Map<string, string>();
  for (let count = 1 + below(6); count > 0; count -= 1) {
    changes.set(names[below(names.length)] ?? 'v', below(4) === 0 ? '' : text(below, 1 + below(60)));
  }
  return changes;
}

const inBytes = (changes: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...changes].map(([name, value]) => [toBytes(name), toBytes(value)]));

/** `name value`... for fw_setenv; the last argument has no value and so removes, one call per removed variable. */
function setByTool(tool: typeof run, config: string, changes: ReadonlyMap<string, string>): number {
  const set = [...changes].filter(([, value]) => value !== '').flat();
  const removed = [...changes].filter(([, value]) => value === '').map(([name]) => name);
  const calls = [...(set.length === 0 ? [] : [set]), ...removed.map((name) => [name])];
  for (const args of calls) tool('fw_setenv', '-c', config, '--', ...args);
  return calls.length;
}

function lines(vars: ReadonlyMap<string, string>): string[] {
  return [...vars].map(([name, value]) => `${name}=${value}`).sort();
}

const listed = (tool: typeof run, config: string): string[] =>
  tool('fw_printenv', '-c', config)
    .split('\n')
    .filter((line) => line !== '')
    .sort();

const namesFor = (below: Below): string[] => Array.from({ length: 12 }, () => nameOf(below));

t.test(`single images: we and fw_setenv take turns (seed ${SEED})`, async (t) => {
  const below = randomBelow(SEED);
  const file = join(dir, 'single.bin');
  const config = join(dir, 'single.cfg');
  for (let round = 0; round < 12; round += 1) {
    // Odd sizes too: an image has any size that holds its variables.
    const size = 2000 + below(20_000);
    const names = namesFor(below);
    writeFileSync(config, `${file} 0x0 0x${size.toString(16)}\n`);
    let image: EnvImage = createEnv({ size, flavour: 'plain' });
    writeFileSync(file, serializeEnv(image));
    for (let turn = 0; turn < 6; turn += 1) {
      const changes = randomChanges(below, names);
      const expected = withVars(image, inBytes(changes));
      if (below(2) === 0) {
        const update = updateEnv(image, inBytes(changes), { padding: below(2) === 0 ? 0x00 : 0xff });
        if (update.changed) writeFileSync(file, update.bytes);
      } else {
        setByTool(run, config, changes);
      }
      image = parseEnv(readFileSync(file));
      const same = image.size === size && image.flavour === 'plain' && image.byteOrder === 'little';
      if (!same) t.fail(`round ${round}, turn ${turn}: another shape`);
      const want = lines(expected.vars);
      if (JSON.stringify(lines(image.vars)) !== JSON.stringify(want))
        t.same(lines(image.vars), want, `ours ${round}.${turn}`);
      const theirs = listed(run, config);
      if (JSON.stringify(theirs) !== JSON.stringify(want)) t.same(theirs, want, `theirs ${round}.${turn}`);
    }
  }
  t.pass('72 changes');
});

for (const scheme of ['counter', 'boolean'] as const) {
  t.test(`pairs with ${scheme} flags: we and fw_setenv take turns (seed ${SEED})`, async (t) => {
    const below = randomBelow(SEED + 1);
    const { file, config, tool } = pairFor(scheme);
    const writers = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      const size = 4096;
      const names = namesFor(below);
      writeFileSync(config, pairConfig(scheme, file, size));
      const pair = Buffer.from(createRedundant({ size, scheme }));
      // Any generation to begin with, so that the counter runs over 255 in some round.
      if (scheme === 'counter') {
        const flag = round === 0 ? 254 : below(256);
        pair[4] = flag;
        pair[size + 4] = (flag - 1) & 0xff;
      }
      writeFileSync(file, pair);
      let env = parseRedundant(pair, { size, scheme });
      for (let turn = 0; turn < 6; turn += 1) {
        const changes = randomChanges(below, names);
        const expected = withVars(env.image, inBytes(changes));
        if (below(2) === 0) {
          const update = updateRedundant(env, inBytes(changes));
          const bytes = readFileSync(file);
          if (update.changed) for (const write of update.writes) bytes.set(write.bytes, write.offset);
          writeFileSync(file, bytes);
          if (update.changed) writers.add('ours');
        } else {
          setByTool(tool, config, changes);
          writers.add('theirs');
        }
        const what = `${scheme} ${round}.${turn}`;
        env = parseRedundant(readFileSync(file), { size, scheme });
        const want = lines(expected.vars);
        if (JSON.stringify(lines(env.image.vars)) !== JSON.stringify(want)) t.same(lines(env.image.vars), want, what);
        if (JSON.stringify(listed(tool, config)) !== JSON.stringify(want)) t.same(listed(tool, config), want, what);
        if (env.damaged !== undefined) t.fail(`${what}: a copy is damaged`);
      }
    }
    t.same([...writers].sort(), ['ours', 'theirs'], '48 changes by both');
  });
}

t.test(`what mkenvimage makes of any text is what importText and serializeEnv make of it (seed ${SEED})`, async (t) => {
  const below = randomBelow(SEED + 2);
  const source = join(dir, 'source.txt');
  const made = join(dir, 'made.bin');
  for (let round = 0; round < 60; round += 1) {
    const lines = namesFor(below).map((name) => {
      // A backslash before the line break would make that part of the value, for mkenvimage.
      const value = text(below, below(80)).replace(/\\+$/, '');
      return below(6) === 0 ? `# ${name}` : `${name}=${value}`;
    });
    // It keeps the order of its input, and repeats what is there twice.
    const unique = [...new Map(lines.map((line) => [line.split('=')[0], line])).values()];
    const sorted = unique.sort((a, b) => Buffer.compare(Buffer.from(nameIn(a)), Buffer.from(nameIn(b))));
    writeFileSync(source, `${sorted.join(below(2) === 0 ? '\n' : '\n\n')}\n`);
    const vars = importText(readFileSync(source, 'latin1'));
    const shape: Shape = { flavour: below(2) === 0 ? 'plain' : 'flag', byteOrder: below(2) === 0 ? 'little' : 'big' };
    const padding = below(2) === 0 ? 0x00 : 0xff;
    const size = 1500 + below(3000);
    const flags = [...(shape.flavour === 'flag' ? ['-r'] : []), ...(shape.byteOrder === 'big' ? ['-b'] : [])];
    run('mkenvimage', ...flags, '-p', String(padding), '-s', String(size), '-o', made, source);
    const theirs = readFileSync(made);
    const ours: EnvImage = { ...createEnv({ size, ...shape }), vars, flag: shape.flavour === 'flag' ? 1 : 0 };
    if (Buffer.compare(serializeEnv(ours, { padding }), theirs) !== 0) t.fail(`round ${round}: other bytes`);
    const read = parseEnv(theirs);
    const same = read.flavour === shape.flavour && read.byteOrder === shape.byteOrder && read.size === size;
    if (!same) t.fail(`round ${round}: another shape`);
  }
  t.pass('60 texts');
});

/** The name in a line, in front in any order. */
const nameIn = (line: string): string => line.split('=')[0] ?? '';

t.test('of two readable copies we choose the one that fw_printenv chooses', async (t) => {
  const flags: Readonly<Record<FlagScheme, readonly (readonly [number, number])[]>> = {
    // Flags that differ by one, as each writer leaves them, and equal ones.
    counter: [0, 1, 127, 128, 254, 255].flatMap((flag) => [
      [flag, (flag + 1) & 0xff],
      [(flag + 1) & 0xff, flag],
      [flag, flag],
    ]),
    // Two unmarked copies are left out: U-Boot takes the first one, as we do, and libubootenv the second.
    boolean: [0, 1, 255].flatMap((a) => [0, 1, 255].flatMap((b) => (a === 255 && b === 255 ? [] : [[a, b] as const]))),
  };
  const size = 4096;
  for (const scheme of ['counter', 'boolean'] as const) {
    const { file, config, tool } = pairFor(scheme);
    writeFileSync(config, pairConfig(scheme, file, size));
    for (const [a, b] of flags[scheme]) {
      const empty = createEnv({ size, flavour: 'flag' });
      const first = serializeEnv({ ...withVars(empty, { which: '0' }), flag: a });
      const second = serializeEnv({ ...withVars(empty, { which: '1' }), flag: b });
      writeFileSync(file, Buffer.concat([first, second]));
      const theirs = tool('fw_printenv', '-c', config, '-n', 'which').trim();
      t.equal(isNewerFlag(a, b, scheme) ? '0' : '1', theirs, `${scheme} flags ${a} and ${b}`);
    }
  }
});

function pairFor(scheme: FlagScheme): { file: string; config: string; tool: typeof run } {
  const file = join(dir, `pair-${scheme}.bin`);
  return { file, config: join(dir, `pair-${scheme}.cfg`), tool: scheme === 'boolean' ? norFlash(dir, file) : run };
}

function pairConfig(scheme: FlagScheme, file: string, size: number): string {
  const device = scheme === 'boolean' ? '/dev/mtd0' : file;
  const hex = `0x${size.toString(16)}`;
  return `${device} 0x0 ${hex} ${hex}\n${device} ${hex} ${hex} ${hex}\n`;
}
