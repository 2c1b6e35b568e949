/**
 * Breaks the boot script in one line at a time, and shows that the comparison with its model finds each fault.
 *
 * usage: node test/machine/script-mutants.ts [NAME-PART]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOOT_SCRIPT } from '../../bootloader/scripts/compile.ts';
import { ScriptBench } from './script/bench.ts';
import { CLASSES, statesOf } from './script/classes.ts';
import { MUTATIONS, type Mutation } from './script/mutations.ts';
import type { NamedState } from './script/state.ts';

const source = readFileSync(BOOT_SCRIPT, 'utf8');
const states = new Map(
  CLASSES.flatMap((it) => statesOf(it, 0)).map((named) => [`${named.className}: ${named.title}`, named]),
);

/** The script with the fault. */
function mutated({ name, from, to }: Mutation): string {
  if (source.split(from).length !== 2) throw new Error(`cannot break the script, ${name}: it must have once: ${from}`);
  return source.replace(from, () => to);
}

function stateCalled(title: string): NamedState {
  const named = states.get(title);
  if (named === undefined) throw new Error(`cannot find the state "${title}"`);
  return named;
}

/** The titles of the states that told the fault, with the first thing that differed. */
async function caughtBy(mutation: Mutation): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutant-'));
  const caught: string[] = [];
  try {
    const file = join(folder, 'boot.cmd');
    writeFileSync(file, mutated(mutation));
    const bench = await ScriptBench.create(folder, file);
    await bench.compare(mutation.states.map(stateCalled), ({ className, title }, mismatch) => {
      const difference = /^(?!script and model)(.*)\n {2}model:/m.exec(mismatch ?? '')?.[1];
      if (mismatch !== undefined) caught.push(`${className}: ${title} (${difference})`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return caught;
}

const wanted = MUTATIONS.filter(({ name }) => name.includes(process.argv[2] ?? ''));
let survivors = 0;
for (const mutation of wanted) {
  const caught = await caughtBy(mutation);
  if (caught.length === 0) survivors++;
  console.log(`${caught.length === 0 ? 'SURVIVED' : 'caught'}: ${mutation.name}: ${caught.join('; ')}`);
}
const row = {
  proof: 'a fault in one line of the boot script shows on the real U-Boot',
  bound: `${wanted.length} mutations`,
  result: survivors === 0 ? 'all caught' : `${survivors} survived`,
};
console.log(JSON.stringify(row));
process.exitCode = survivors === 0 && wanted.length > 0 ? 0 : 1;
