/** The short bound of the whole: every scenario, fixed seed, a sample of recoveries and of faults, every mutation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runRecorded } from './recorder.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Report } from './suite.ts';
import { SURVIVORS } from './survivors.ts';

const file = join(t.testdir(), 'report.json');
const { out } = await runRecorded(join(import.meta.dirname, 'main.ts'), ['--report', file], { quiet: true });
t.comment(out);
const report: Report = JSON.parse(readFileSync(file, 'utf8'));

t.strictSame(
  report.scenarios.map(({ name }) => name),
  SCENARIOS.map(({ name }) => name),
  'every scenario was played, and its trace told all of it',
);

for (const scenario of report.scenarios) {
  const { name, violations, wrong, cuts, images, recoveries, faults, calls, databases } = scenario;
  t.test(`${name}: ${scenario.title}`, async (t) => {
    t.strictSame(violations, [], `${images} images of ${cuts} cuts keep what was promised, ${recoveries} come to rest`);
    t.strictSame(wrong, [], `after ${faults} calls that failed it comes to rest with one story`);
    t.ok(calls > 20 && cuts > 20, 'it was cut at every call');
    t.ok(images > 4 * cuts && databases > 20, 'in several ways');
    t.ok(name === 'database' || recoveries === 40, 'some were booted');
    t.ok(faults > 10, 'calls really failed');
  });
}

t.test('the agent without one of its syncs, or without reading back', async (t) => {
  t.ok(report.mutations.length >= 17, `${report.mutations.length} mutations`);
  for (const { name, caught, example } of report.mutations) {
    if (caught.length > 0) t.pass(`no ${name}: caught by ${caught.join(', ')} (${example})`);
    else t.ok(SURVIVORS[name], `no ${name}: not caught, because ${SURVIVORS[name]}`);
  }
});
