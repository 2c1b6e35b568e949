/**
 * Reads hostile images: `node fuzz.ts --mutants 1000000 --seed 1 [--workers 2] [--from N]`. Prints what was reached, as text
 * and, in the last line, as JSON; exit 1 where a mutant did what none may do. To see one mutant again: --from N --mutants 1.
 */
import { parseArgs } from 'node:util';
import { type FuzzResult, fuzz } from './testing/fuzz/fuzz.ts';

/** Above what the image's blocks may take: two fragments, two data blocks and three on their way, of 1 MiB. */
const MOST_MEBIBYTES = 64 + 7;
const LEAST_IMAGES = 100;

function numberOf(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
}

function linesOf(result: FuzzResult): string[] {
  const { images, mutants, readable, codes, complaints, branches, findings, maxReads, peakMebibytes } = result;
  const all = branches.reduce((sum, file) => sum + file.branches, 0);
  const missed = branches.filter((file) => file.missed.length > 0);
  const missedCount = missed.reduce((sum, file) => sum + file.missed.length, 0);
  return [
    ...findings.map(
      ({ mutant, image, notes, error }) => `mutant ${mutant} of ${image}\n  ${notes.join('\n  ')}\n  ${error}`,
    ),
    `${mutants} mutants of ${images} images: ${readable} readable, ${findings.length} misbehaved`,
    `codes: ${Object.entries(codes)
      .map(([code, count]) => `${code} ${count}`)
      .join(', ')}`,
    `${complaints.length} different messages`,
    `branches: ${all - missedCount} of ${all} reached; not on these lines:`,
    ...missed.map(({ file, missed }) => `  ${file}: ${missed.join(' ')}`),
    `at most ${maxReads} reads for one mutant, ${peakMebibytes.toFixed(1)} MiB above what was there before`,
  ];
}

const { values } = parseArgs({
  options: {
    mutants: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
});
const mutants = numberOf(values.mutants, 'mutants');
let done = 0;
const result = await fuzz({
  mutants,
  seed: numberOf(values.seed, 'seed'),
  workers: Math.max(1, numberOf(values.workers, 'workers')),
  from: numberOf(values.from, 'from'),
  onProgress: (more) => {
    done += more;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${mutants} `);
  },
});
console.log(linesOf(result).join('\n'));
const { complaints, branches, findings, ...figures } = result;
const branchCount = branches.reduce((sum, file) => sum + file.branches, 0);
const missedCount = branches.reduce((sum, file) => sum + file.missed.length, 0);
const summary = {
  ...figures,
  complaints: complaints.length,
  branches: branchCount,
  branchesReached: branchCount - missedCount,
  misbehaved: findings.length,
};
console.log(JSON.stringify(summary));
const isGood = findings.length === 0 && result.mutants === mutants && result.peakMebibytes <= MOST_MEBIBYTES;
if (!isGood || result.images < LEAST_IMAGES) process.exitCode = 1;
console.log(
  JSON.stringify({
    proof: `squashfs-ts reads hostile images: no crash, no hang, no more than ${MOST_MEBIBYTES} MiB, blocks included`,
    bound: `${result.mutants} mutants of ${result.images} images, seed ${values.seed}`,
    result:
      `${findings.length === 0 ? 'none' : `${findings.length} misbehaved`}; at most ${result.peakMebibytes.toFixed(1)} MiB and ` +
      `${result.maxReads} reads; ${summary.branchesReached} of ${branchCount} branches reached`,
  }),
);
