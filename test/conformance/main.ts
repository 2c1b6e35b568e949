/**
 * Compares our answers with snapd's over a corpus of real files and generated histories, which is no part of this
 * repository. Exit 1 where any case is unmatched or a kind has nothing to compare, 2 where the command line is wrong.
 *
 * usage: npm run corpus -- FOLDER [--only KIND]... [--json]
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CaseReport, Kind } from './kind.ts';
import { KINDS } from './kinds.ts';
import { isGood, type Tally, tally } from './tally.ts';
import { linesOf } from './text.ts';

const USAGE = `usage: npm run corpus -- FOLDER [--only ${KINDS.map(({ name }) => name).join('|')}]... [--json]`;

interface Wanted {
  readonly corpus: string;
  readonly kinds: readonly Kind[];
  readonly json: boolean;
}

function wantedOf(args: readonly string[]): Wanted | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { only: { type: 'string', multiple: true }, json: { type: 'boolean' } },
    });
    const [corpus, ...more] = positionals;
    const only = values.only ?? [];
    if (corpus === undefined || more.length > 0) return undefined;
    if (only.some((name) => !KINDS.some((kind) => kind.name === name))) return undefined;
    const kinds = KINDS.filter(({ name, path }) => (only.length > 0 ? only.includes(name) : isThere(corpus, path)));
    return { corpus, kinds, json: values.json === true };
  } catch {
    return undefined;
  }
}

function isThere(corpus: string, path: string): boolean {
  return statSync(join(corpus, path), { throwIfNoEntry: false }) !== undefined;
}

/** What of the corpus no kind reads: it has to be seen that it was not compared. */
function unread(corpus: string): string[] {
  const known = new Set(KINDS.map(({ path }) => path));
  return readdirSync(corpus).filter((name) => !known.has(name) && !/^answers-|^README/.test(name));
}

async function runKind(kind: Kind, corpus: string): Promise<Tally> {
  const reports: CaseReport[] = [];
  for await (const report of kind.run(corpus)) reports.push(report);
  return tally(kind.name, reports);
}

const wanted = wantedOf(process.argv.slice(2));
if (wanted === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const tallies: Tally[] = [];
  for (const kind of wanted.kinds) {
    const done = await runKind(kind, wanted.corpus);
    tallies.push(done);
    if (!wanted.json) console.log(linesOf(done).join('\n'));
  }
  const left = wanted.kinds.length === KINDS.length ? unread(wanted.corpus) : [];
  if (left.length > 0) console.error(`not compared, as no kind reads it: ${left.join(', ')}`);
  if (wanted.json) console.log(JSON.stringify(tallies, null, 2));
  if (tallies.length === 0) console.error(`cannot find any kind of corpus in ${wanted.corpus}`);
  process.exitCode = tallies.length > 0 && tallies.every(isGood) ? 0 : 1;
}
