/** No vector of snapd's behaviour is forgotten: each is named by a test, or listed with its reason. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { vectorsLeft } from './snaps/plan/vectors-left.ts';
import { vectorSections, vectorsElsewhere } from './vectors.ts';

const here = import.meta.dirname;
const tests = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !['vectors.test.ts', 'snaps/plan/vectors-left.test.ts'].includes(name))
  .map((name) => readFileSync(join(here, name), 'utf8'))
  .join('\n');

const all = [
  ...Object.entries(vectorSections).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, place) => `${section}${place + 1}`),
  ),
  'L6a',
];

t.test('each is named by a test, or listed', (t) => {
  const listed = new Map(vectorsElsewhere.flatMap((entry) => entry.vectors.split(' ').map((name) => [name, entry])));
  const ofPlans = new Set(vectorsLeft.map(({ vector }) => vector));
  for (const vector of all) {
    const isNamed = new RegExp(`['\`"][^'\`"\\n]*\\b${vector}\\b`).test(tests);
    t.equal(isNamed || ofPlans.has(vector), !listed.has(vector), `${vector} is named or listed, and not both`);
  }
  for (const vector of listed.keys()) t.ok(all.includes(vector), `${vector} is one of them`);
  t.equal(listed.size, vectorsElsewhere.flatMap(({ vectors }) => vectors.split(' ')).length, 'none is listed twice');
  t.end();
});

t.test('what is tested under another name is in files that are there', (t) => {
  for (const { kind, files = [], vectors } of vectorsElsewhere) {
    t.equal(files.length > 0, kind === 'tested', vectors);
    for (const file of files) t.ok(existsSync(join(here, file)), file);
  }
  t.end();
});
