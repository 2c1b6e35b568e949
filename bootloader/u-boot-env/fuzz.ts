/**
 * Hostile bytes against the package, from a seed: no crash, no hang, no accepted bad checksum, no answer but the right one.
 *
 * usage: node fuzz.ts [--mutants N] [--seed S] [--from N]
 */
import { parseArgs } from 'node:util';
import { startCoverage } from './fuzz/coverage.ts';
import { run } from './fuzz/run.ts';
import { watch } from './fuzz/watch.ts';

const { values } = parseArgs({
  options: {
    mutants: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
});

const endCoverage = await startCoverage(new URL('.', import.meta.url).href);
const api = await import('./index.ts');
const { progress, stop } = watch();
const [mutants, seed, from] = [Number(values.mutants), Number(values.seed), Number(values.from)];
const result = run(api, { mutants, seed, from, progress });
await stop();
const { functions, blocks, reached, unreached } = await endCoverage();

console.log(`u-boot-env: ${result.mutants} mutants of ${result.images} distinct images, seed ${seed}`);
for (const [answer, times] of result.answers) console.log(`  ${String(times).padStart(9)}  ${answer}`);
console.log(`  ${functions} functions, ${reached} of ${blocks} blocks reached`);
for (const place of unreached) console.log(`  never reached: ${place}`);
console.log('  no crash, no hang, no accepted bad checksum');
console.log(
  JSON.stringify({
    proof:
      'u-boot-env reads hostile images: no crash, no hang, no accepted bad checksum, no other answer than the oracle',
    bound: `${result.mutants} mutants of ${result.images} distinct images, seed ${seed}`,
    result: `none; ${reached} of ${blocks} branches reached`,
  }),
);
