/**
 * The model check within its short bounds: every invariant holds in every state that is reached, the bounds reach no less than
 * they did, and every mutation is noticed, save those of which the list says why nobody can.
 */
import t from 'tap';
import { mutantStates, shortBounds } from './bounds.ts';
import { readCounts } from './counts.ts';
import { explore } from './explore.ts';
import { invariants } from './invariants/index.ts';
import { letLoose, mutationsOf } from './mutate.ts';
import { realSystem } from './system.ts';

const raise = 'node test/model/main.ts --raise';
const total = new Map<string, number>();

for (const bound of shortBounds) {
  t.test(`every invariant holds: ${bound.name}`, (t) => {
    const { states, transitions, depth, isFixpoint, checks, found } = explore(realSystem, bound);
    t.comment(`${states} states, ${transitions} transitions, ${isFixpoint ? 'a fixpoint' : `all of depth ${depth}`}`);
    for (const line of found?.history ?? []) t.comment(line);
    t.equal(found?.invariant, undefined, found?.message ?? 'all hold');
    const known = readCounts()[bound.name];
    t.ok(
      known !== undefined && transitions >= known.transitions,
      `not less than ${known?.transitions} transitions; ${raise}`,
    );
    t.ok(known !== undefined && states >= known.states, `not less than ${known?.states} states; ${raise}`);
    for (const [name, count] of Object.entries(checks)) total.set(name, (total.get(name) ?? 0) + count);
    t.end();
  });
}

t.test('every invariant was asked', (t) => {
  for (const { name, reason } of invariants)
    t.ok((total.get(name) ?? 0) > 100, `${name}: ${total.get(name)} times: ${reason}`);
  t.end();
});

t.test('every mutation is noticed, or survives for a reason', (t) => {
  const caught = new Set<string>();
  const rows = new Set<string>();
  for (const mutation of mutationsOf(false)) {
    const { name, of, caughtBy, message, isExpected } = letLoose(mutation, mutantStates.short);
    t.ok(isExpected, `${of}: ${name}: ${caughtBy === undefined ? 'survives' : `caught by ${caughtBy}`}: ${message}`);
    if (caughtBy === undefined) continue;
    caught.add(caughtBy);
    rows.add(of);
  }
  for (const { name } of invariants) t.ok(caught.has(name), `${name} notices one at least`);
  for (const row of ['stage', 'stage without a trial', 'confirm, adopt', 'revert', 'cancel', 'repair'])
    t.ok(rows.has(row), `a plan: ${row}`);
  t.ok(rows.has('boot script'), 'a rule of the boot script');
  for (const row of ['place', 'verify', 'extract', 'arm', 'undo', 'garbage']) t.ok(rows.has(row), `a step: ${row}`);
  t.end();
});
