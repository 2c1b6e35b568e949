/** A run is good only where something was compared and nothing is unmatched; no answer is counted twice or lost. */
import t from 'tap';
import { type CaseReport, verdictOf } from './kind.ts';
import { isGood, tally } from './tally.ts';
import { linesOf } from './text.ts';

function report(name: string, changes: Partial<CaseReport> = {}): CaseReport {
  return { name, equal: 0, intended: [], unmatched: [], notBuilt: [], ...changes };
}

t.test('the worst answer of a case is its verdict', async (t) => {
  t.equal(verdictOf(report('a', { equal: 2 })), 'equal');
  t.equal(verdictOf(report('a', { equal: 2, notBuilt: ['x'] })), 'equal');
  t.equal(verdictOf(report('a', { equal: 2, intended: ['x'] })), 'intended');
  t.equal(verdictOf(report('a', { equal: 2, intended: ['x'], unmatched: ['y'] })), 'unmatched');
  t.equal(verdictOf(report('a', { notBuilt: ['x'] })), 'not built');
});

t.test('cases and answers are counted apart', async (t) => {
  const counted = tally('k', [
    report('a', { equal: 3 }),
    report('b', { equal: 1, intended: ['one', 'one', 'two'] }),
    report('c', { intended: ['one'], unmatched: ['differs'], notBuilt: ['part'] }),
    report('d', { notBuilt: ['part', 'part'] }),
  ]);
  t.same(counted.cases, { equal: 1, intended: 1, unmatched: 1, 'not built': 1 });
  t.same(counted.answers, { equal: 4, intended: 4, unmatched: 1 });
  t.same(counted.classes, { one: { cases: 2, answers: 3 }, two: { cases: 1, answers: 1 } });
  t.same(counted.notBuilt, { part: { cases: 2, answers: 3 } });
  t.same(counted.unmatched, [{ name: 'c', what: ['differs'] }]);
  t.match(linesOf(counted).join('\n'), /4 cases: 1 equal, 1 differ on purpose, 1 unmatched, 1 not built yet/);
  t.match(linesOf(counted).join('\n'), / {2}unmatched: c\n {4}differs/, 'what is unmatched is printed in full');
});

t.test('an unmatched answer fails the run, and so does a run that compared nothing', async (t) => {
  t.ok(isGood(tally('k', [report('a', { equal: 1 }), report('b', { intended: ['one'] })])));
  t.ok(isGood(tally('k', [report('a', { equal: 1 }), report('b', { notBuilt: ['one'] })])));
  t.notOk(isGood(tally('k', [report('a', { equal: 1 }), report('b', { unmatched: ['differs'] })])));
  t.notOk(isGood(tally('k', [report('b', { notBuilt: ['one'] })])));
  t.notOk(isGood(tally('k', [])));
});
