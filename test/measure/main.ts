/**
 * `make prove` and `make bench`: run what proves, or what measures, and write the outcome into README.md and docs/.
 *
 * usage: node test/measure/main.ts prove|bench [--only NAME]... [--no-docs | --docs-only]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hostText } from '../demo/play.ts';
import { BENCHES, BENCHES_FOLDER, PROOFS, PROOFS_FOLDER } from './lists.ts';
import { keep, kept, type Program, runProgram } from './program.ts';
import { type BenchRow, benchRowOf, type ProofRow, proofRowOf } from './row.ts';
import { benchSection, type Measured, proofSection, withSection } from './section.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Kind<Row> {
  readonly programs: readonly Program[];
  readonly folder: string;
  readonly rowOf: (line: string) => Row | undefined;
  readonly section: (measured: readonly Measured<Row>[]) => string;
  /** The marks' name, and the documents that have them. */
  readonly mark: string;
  readonly documents: readonly string[];
}

const prove: Kind<ProofRow> = {
  ...{ programs: PROOFS, folder: PROOFS_FOLDER, rowOf: proofRowOf, section: proofSection },
  ...{ mark: 'proofs', documents: ['README.md', 'docs/proofs.md'] },
};
const bench: Kind<BenchRow> = {
  ...{ programs: BENCHES, folder: BENCHES_FOLDER, rowOf: benchRowOf, section: benchSection },
  ...{ mark: 'benchmarks', documents: ['README.md', 'docs/benchmarks.md'] },
};

/** @returns the exit status */
async function run<Row>(kind: Kind<Row>, only: readonly string[], documents: 'yes' | 'no' | 'only'): Promise<number> {
  const unknown = only.filter((name) => !kind.programs.some((program) => program.name === name));
  if (unknown.length > 0) {
    console.error(
      `cannot run ${unknown.join(', ')}: there are ${kind.programs.map(({ name }) => name).join(', ')} only`,
    );
    return 2;
  }
  const failed: string[] = [];
  const isWanted = ({ name }: Program) => only.length === 0 || only.includes(name);
  for (const program of documents === 'only' ? [] : kind.programs.filter(isWanted)) {
    console.log(`\n== ${program.name}: ${program.command.join(' ')}`);
    const { measured, isGood } = await runProgram(program, kind.folder, kind.rowOf);
    console.log(`== ${program.name}: ${isGood ? 'good' : 'FAILED'}, ${measured.seconds.toFixed(0)} s`);
    if (isGood) await keep(kind.folder, measured);
    else failed.push(program.name);
  }
  if (documents !== 'no') await write(kind);
  console.log(failed.length === 0 ? '\nall good' : `\nfailed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

async function write<Row>({ folder, programs, section, mark, documents }: Kind<Row>): Promise<void> {
  const text = `Measured on ${hostText().replace(/,[^,]*$/, '')}.\n\n${section(await kept<Row>(folder, programs))}`;
  for (const document of documents) {
    const path = join(ROOT, document);
    await writeFile(path, withSection(await readFile(path, 'utf8'), mark, text));
    console.log(`${document}: ${mark} written`);
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      'no-docs': { type: 'boolean', default: false },
      'docs-only': { type: 'boolean', default: false },
    },
  });
  const documents = values['docs-only'] ? 'only' : values['no-docs'] ? 'no' : 'yes';
  switch (positionals[0]) {
    case 'prove':
      return run(prove, values.only, documents);
    case 'bench':
      return run(bench, values.only, documents);
    default:
      console.error('usage: node test/measure/main.ts prove|bench [--only NAME]... [--no-docs | --docs-only]');
      return 2;
  }
}

process.exitCode = await main();
