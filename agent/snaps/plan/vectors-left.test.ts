/** No vector about plans is forgotten. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kindWords } from './describe-kinds.ts';
import { tasksLeft, vectorsLeft } from './vectors-left.ts';

const sections: readonly (readonly [section: string, first: number, last: number])[] = [
  ['A', 1, 16],
  ['B', 1, 18],
  ['C', 1, 25],
  ['D', 1, 13],
  ['E', 1, 20],
  ['G', 8, 16],
  ['M', 1, 7],
];

const folders = [import.meta.dirname, join(import.meta.dirname, '../record')];
const tests = folders
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.test.ts') && path !== import.meta.filename)
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

t.test('each is tested, or is answered elsewhere', (t) => {
  const all = sections.flatMap(([section, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, place) => `${section}${first + place}`),
  );
  for (const vector of all) {
    const isTested = new RegExp(`['\`][^'\`\\n]*\\b${vector}\\b`).test(tests);
    const left = vectorsLeft.find((entry) => entry.vector === vector);
    t.equal(isTested, left?.kind !== 'elsewhere', vector);
  }
  for (const { vector } of vectorsLeft) t.ok(all.includes(vector), `${vector} is one of them`);
  t.end();
});

t.test('tasks that are left out are not made', (t) => {
  for (const { kind } of tasksLeft) t.notOk(kind in kindWords, kind);
  t.end();
});
