import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { type Api, Finding } from './fuzz/check.ts';
import { startImages } from './fuzz/images.ts';
import { run } from './fuzz/run.ts';
import * as api from './index.ts';

const SEED = process.env['HOLDFAST_SEED'] ?? '20261121';

t.test('20000 mutants: no crash, no hang, no accepted bad checksum', async (t) => {
  const args = ['fuzz.ts', '--mutants', '20000', '--seed', SEED];
  const env = { PATH: process.env['PATH'] ?? '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env,
  });
  t.equal(status, 0, stderr);
  const images = Number(/20000 mutants of (\d+) distinct images/.exec(stdout)?.[1]);
  t.equal(images, startImages().length, 'the images are distinct');
  t.ok(images >= 100);
  const times = new Map(
    [...stdout.matchAll(/^ +(\d+) {2}(.*)$/gm)].map(([, count, answer]) => [answer ?? '', Number(count)]),
  );
  for (const flavour of ['plain', 'flag']) {
    for (const order of ['little', 'big']) t.ok(times.get(`accepted ${flavour} ${order}`), `${flavour} ${order}`);
  }
  for (const scheme of ['counter', 'boolean']) {
    for (const state of ['whole', 'damaged']) {
      for (const copy of [1, 2]) {
        const kind = `pair accepted ${scheme} ${state}, copy ${copy}`;
        t.ok(times.get(kind), kind);
      }
    }
  }
  const codes = readFileSync(new URL('errors.ts', import.meta.url), 'utf8').matchAll(/^ {2}\| '([a-z-]+)'/gm);
  for (const [, code] of codes)
    t.ok(
      [...times.keys()].some((answer) => answer.endsWith(` ${code}`)),
      `error ${code}`,
    );
  const unreached = [...stdout.matchAll(/never reached: [a-z]+\.ts:\d+: (.*)$/gm)].map(([, source]) => source);
  // What only a bug in the package, or memory out of bounds, would reach.
  t.same([...new Set(unreached)].sort(), ["?? ''", '?? 0', 'throw error;'], 'every other block was reached');
});

/** What the fuzzer says of a package that is broken in one place. */
function findingOf(broken: Partial<Api>): string {
  try {
    run({ ...api, ...broken }, { seed: 1, from: 0, mutants: 3000 });
  } catch (error) {
    if (error instanceof Finding) return error.message;
    throw error;
  }
  return 'nothing';
}

t.test('the fuzzer finds what is broken', async (t) => {
  const rows: readonly [what: string, broken: Partial<Api>, finding: RegExp][] = [
    [
      'an accepted bad checksum',
      {
        parseEnv(bytes, options) {
          try {
            return api.parseEnv(bytes, options);
          } catch (error) {
            if (!(error instanceof api.EnvError) || error.code !== 'bad-crc') throw error;
            return api.createEnv({ size: bytes.length, flavour: 'plain' });
          }
        },
      },
      /parseEnv: accepted where bad-crc is right/,
    ],
    [
      'a good image refused',
      { parseEnv: (bytes, options) => api.parseEnv(bytes, { ...options, byteOrder: options?.byteOrder ?? 'little' }) },
      /parseEnv: bad-crc where accepted is right/,
    ],
    [
      'a malformed entry passed over',
      { parseEnv: (bytes, options) => api.parseEnv(bytes, { ...options, bestEffort: true }) },
      /parseEnv: accepted where bad-entry is right/,
    ],
    [
      'a crash',
      {
        importText: (text) => {
          if (text.length > 300) throw new RangeError('out of something');
          return api.importText(text);
        },
      },
      /crash: RangeError: out of something/,
    ],
    [
      'flags read the other way',
      { parseRedundant: (bytes, options) => api.parseRedundant(bytes, { ...options, scheme: 'counter' }) },
      /parseRedundant: another value/,
    ],
    [
      'a write over the copy that counts',
      {
        updateRedundant: (env, changes, options) =>
          api.updateRedundant({ ...env, active: env.active === 0 ? 1 : 0 }, changes, options),
      },
      /updateRedundant: another value/,
    ],
    [
      'the old flag left as it was',
      {
        updateRedundant: (env, changes, options) =>
          api.updateRedundant({ ...env, scheme: 'counter' }, changes, options),
      },
      /updateRedundant: another value/,
    ],
    [
      'other padding',
      { serializeEnv: (image) => api.serializeEnv(image, { padding: 0x00 }) },
      /serializeEnv: another value/,
    ],
  ];
  for (const [what, broken, finding] of rows) t.match(findingOf(broken), finding, what);
  t.equal(findingOf({}), 'nothing', 'and nothing where nothing is');
});

t.test('a finding names the mutant, and that one alone can be had again', async (t) => {
  const broken: Partial<Api> = { serializeEnv: (image) => api.serializeEnv(image, { padding: 0x00 }) };
  const [, number] = /^mutant (\d+) of seed 1: /.exec(findingOf(broken)) ?? [];
  t.throws(() => run({ ...api, ...broken }, { seed: 1, from: Number(number), mutants: 1 }), {
    message: findingOf(broken),
  });
});

t.test('a hang ends the process', async (t) => {
  const script = `
    import { watch } from './fuzz/watch.ts';
    watch(50).progress(7);
    for (;;);`;
  const env = { PATH: process.env['PATH'] ?? '' };
  const options = { cwd: import.meta.dirname, encoding: 'utf8', timeout: 60_000, env } as const;
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], options);
  t.equal(signal, 'SIGKILL');
  t.match(stderr, /^mutant 7 \(counted from the first of this run\) hangs$/m);
});
