/** The units that are generated for each snap.yaml, on Ubuntu Core, revision 1. */
import { readSnapYaml } from '../../images/snap/read.ts';
import { type Pick, unitsOf } from '../../images/snap/units/index.ts';
import { validateSnap } from '../../images/snap/validate/validate.ts';
import { answerIn, bytesIn, namesIn, record, texts } from './json.ts';
import type { CaseReport, Kind } from './kind.ts';
import { isBetween } from './moments.ts';

export const systemdUnits: Kind = {
  name: 'systemdunits',
  path: 'snapyamls',
  *run(corpus) {
    for (const name of namesIn(corpus, 'snapyamls')) yield reportOf(corpus, name);
  },
};

const REVISION = '1';

/** The answers were made in a folder of this name, which shows in some messages. */
const ANSWERS_ROOT = /\/tmp\/oracle-root[0-9]+/g;

function reportOf(corpus: string, name: string): CaseReport {
  const answer = answerIn(corpus, 'systemdunits', `${name}.json`);
  const result = record(answer['result'], name);
  const wanted = new Map<string, string>(Object.entries(texts(result['files'] ?? {}, name)));
  if (typeof result['error'] === 'string') wanted.set('error', result['error'].replace(ANSWERS_ROOT, ''));
  const yaml = bytesIn(corpus, `snapyamls/${name}`);
  // A timer may leave a choice: snapd's is between the first moments and the last.
  const first = answerTo(yaml, () => 0);
  const last = answerTo(yaml, (count) => count - 1);
  const paths = [...new Set([...wanted.keys(), ...first.keys()])];
  const unmatched = paths.filter((path) => !isBetween(wanted.get(path), first.get(path), last.get(path)));
  const textOf = (path: string): string => `${path}: snapd\n${wanted.get(path)}\nours\n${first.get(path)}`;
  // That there are no units is an answer too.
  const equal = Math.max(1, paths.length) - unmatched.length;
  return { name, equal, intended: [], unmatched: unmatched.map(textOf), notBuilt: [] };
}

/** Units by path, or the error. */
function answerTo(yaml: Uint8Array, pick: Pick): ReadonlyMap<string, string> {
  try {
    const read = readSnapYaml(yaml);
    // These answers were given with a version put in where the file has none.
    const info = { ...read, version: read.version || '1' };
    validateSnap(info, REVISION);
    return unitsOf(info, { instance: info.name, revision: REVISION }, {}, pick);
  } catch (error) {
    return new Map([['error', error instanceof Error ? error.message : String(error)]]);
  }
}
