/**
 * Lets every mutation loose, prints who noticed each, and with `--docs` writes the list into docs/model.md.
 *
 * usage: node test/model/mutants.ts [--full] [--docs]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { markdownTable } from '../demo/format.ts';
import { withSection } from '../measure/section.ts';
import { mutantStates } from './bounds.ts';
import { letLoose, type Mutant, mutationsOf } from './mutate.ts';

setFlagsFromString('--max-old-space-size=4000');

const isFull = process.argv.includes('--full');
const document = new URL('../../docs/model.md', import.meta.url);

const outcome = ({ caughtBy, message }: Mutant) =>
  caughtBy === undefined ? `survives: ${message}` : `\`${caughtBy}\`: ${message}`;

function section(mutants: readonly Mutant[]): string {
  const rows = mutants.map((mutant) => [mutant.of, mutant.name, outcome(mutant)]);
  return markdownTable([['rule', 'what is wrong', 'noticed by'], ...rows]).join('\n');
}

const mutants = mutationsOf(isFull).map((mutation) => {
  const { full, short, survivor } = mutantStates;
  const mutant = letLoose(mutation, !isFull ? short : mutation.survives === undefined ? full : survivor);
  const { of, name, states, isExpected } = mutant;
  console.log(`${isExpected ? 'as expected' : 'UNEXPECTED'}: ${of}: ${name}: ${outcome(mutant)} (${states} states)`);
  return mutant;
});
const survivors = mutants.filter(({ caughtBy }) => caughtBy === undefined);
const isGood = mutants.every(({ isExpected }) => isExpected);
console.log(
  JSON.stringify({
    proof: 'each rule of the boot protocol and of installing, broken, is noticed by the model check',
    bound: `${mutants.length} mutations, up to ${Math.max(...mutants.map(({ states }) => states))} states each`,
    result: `${mutants.length - survivors.length} noticed, ${survivors.length} survive, each for a reason in \`docs/model.md\``,
  }),
);
if (process.argv.includes('--docs'))
  writeFileSync(document, withSection(readFileSync(document, 'utf8'), 'mutations', section(mutants)));
process.exitCode = isGood ? 0 : 1;
