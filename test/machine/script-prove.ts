/**
 * Compares the boot script with its model over more drawn states than the test does.
 *
 * usage: node test/machine/script-prove.ts [TIMES-AS-MANY-DRAWN]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScriptBench } from './script/bench.ts';
import { allStates, CLASSES, countLines } from './script/classes.ts';

const times = Number(process.argv[2] ?? 3);
const states = allStates(times);
console.log(countLines(states).join('\n'));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
let different = 0;
try {
  const bench = await ScriptBench.create(folder);
  await bench.compare(states, (_, mismatch) => {
    if (mismatch === undefined) return;
    different++;
    console.log(mismatch);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const row = {
  proof: 'the boot script on the real U-Boot starts and writes what its model says',
  bound: `${states.length} states in ${CLASSES.length} classes`,
  result: different === 0 ? 'equal in all' : `${different} differ`,
};
console.log(JSON.stringify(row));
process.exitCode = different === 0 && states.length > 0 ? 0 : 1;
