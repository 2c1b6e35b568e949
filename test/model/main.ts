/**
 * The model check from the command line: prints states and transitions of each bound, and the shortest history of what does
 * not hold. `--full` leaves the figures in build/prove/model.json, `--raise` writes the short bounds' into counts.json.
 *
 * usage: node test/model/main.ts [--full | --raise]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { fullBounds, shortBounds } from './bounds.ts';
import { raiseCounts } from './counts.ts';
import { type Bound, explore, type Result } from './explore.ts';
import { realSystem } from './system.ts';

// Millions of states are kept.
setFlagsFromString('--max-old-space-size=7000');

const isFull = process.argv.includes('--full');

function searched(bound: Bound): Result {
  const say = (states: number, transitions: number) =>
    console.error(`${bound.name}: ${states} states, ${transitions} transitions`);
  const result = explore(realSystem, bound, say);
  const { states, transitions, seconds, found } = result;
  const reached = `${reach(result)}, ${seconds.toFixed(0)} s`;
  console.log(`${bound.name}: ${states} states, ${transitions} transitions, ${reached}`);
  if (found !== undefined) console.log(`${found.invariant} does not hold:\n${found.history.join('\n')}`);
  return result;
}

function reach({ isFixpoint, depth }: Result): string {
  return isFixpoint ? 'the fixpoint' : `all to depth ${depth}`;
}

const results = (isFull ? fullBounds : shortBounds).map(searched);
const isGood = results.every(({ found }) => found === undefined);
if (process.argv.includes('--raise')) raiseCounts(Object.fromEntries(results.map((result) => [result.bound, result])));
const sum = (of: (result: Result) => number) => results.reduce((all, result) => all + of(result), 0);
const asked = sum(({ checks }) => Object.values(checks).reduce((all, count) => all + count, 0));
const row = {
  proof: 'what must hold of boot sets holds in every state that operations, trials and power cuts lead to',
  bound: results.map((result) => `${result.bound}: ${result.states} states, ${reach(result)}`).join('; '),
  result: `${isGood ? 'holds' : 'FAILED'}: ${sum(({ transitions }) => transitions)} transitions, ${asked} questions`,
};
console.log(JSON.stringify(row));
if (isFull) {
  mkdirSync('build/prove', { recursive: true });
  writeFileSync('build/prove/model.json', `${JSON.stringify({ row, results }, undefined, 2)}\n`);
}
process.exitCode = isGood ? 0 : 1;
