/** What is put together for a decision: whose words and traces count, and what was armed. */
import t from 'tap';
import { parseCommandLine, placeBytes, readBootState } from '../../bootloader/protocol/index.ts';
import type { Trace, VerdictRecord } from '../boot/evidence.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { evidenceOf, knownPowerCut, type Seen, situationOf } from './situation.ts';

const tried = { kernel: 'k_x2.snap' };

function stateOf(vars: Readonly<Record<string, string>>) {
  const copy = placeBytes({ snap_kernel: 'k_x1.snap', snap_core: 'b_x1.snap', ...vars });
  return readBootState({ 'env-a': copy, 'env-b': copy, good: undefined, mark: undefined });
}

const facts = (words: string, more: { fsck?: string; watchdogReset?: boolean } = {}) => ({
  bootId: 'now',
  booted: parseCommandLine(`snap_kernel=k_x1.snap snap_core=b_x1.snap holdfast.script=attempts ${words}`),
  watchdogReset: more.watchdogReset ?? false,
  initramfs: new Map([['fsck', more.fsck ?? 'repaired']]),
});

const entry: TrialEntry = {
  ...{ id: 1, what: undefined, tried, good: {}, change: 1, stagedBoot: 'before', stagedTime: '', reboots: 1 },
  ...{ rebootBoot: 'before', trialBoot: undefined, trialTime: undefined, endTime: undefined, cause: undefined },
  baseline: undefined,
};
const word: VerdictRecord = {
  kind: 'interrupted',
  attemptsLeft: 2,
  set: tried,
  bootId: 'trial',
  reason: '',
  evidence: '',
};
const trace: Trace = { set: tried, trial: true, stage: 'switched', message: '', bootId: 'trial', uptimeSeconds: 9 };
const over = stateOf({ snap_try_kernel: 'k_x2.snap', snap_try_left: '2' });

const seen = (more: Partial<Seen>): Seen => ({
  ...{ phase: 'failed', state: over, facts: facts('holdfast.rule=after-trial'), entry, wasArmed: true },
  ...{ verdict: undefined, cause: 'panic' },
  ...more,
});

t.test('what ran was armed, whatever its change says', (t) => {
  t.equal(situationOf(seen({ wasArmed: false })).wasArmed, false);
  t.equal(situationOf(seen({ wasArmed: false, entry: { ...entry, trialBoot: 'trial' } })).wasArmed, true);
  t.end();
});

t.test("it was interrupted where the word is the latest start's, and no watchdog says otherwise", (t) => {
  const started = { ...entry, trialBoot: 'trial' };
  t.ok(situationOf(seen({ entry: started, verdict: word })).interrupted);
  t.notOk(situationOf(seen({ entry: { ...entry, trialBoot: 'later' }, verdict: word })).interrupted);
  t.notOk(situationOf(seen({ entry: started, verdict: { ...word, attemptsLeft: 1 } })).interrupted, 'an earlier start');
  const hung = facts('holdfast.rule=after-trial', { watchdogReset: true });
  t.notOk(situationOf(seen({ entry: started, verdict: word, facts: hung })).interrupted);
  const later = facts('holdfast.rule=default', { watchdogReset: true });
  t.ok(situationOf(seen({ entry: started, verdict: word, facts: later })).interrupted, 'another boot hung');
  t.ok(situationOf(seen({ cause: 'interrupted' })).interrupted, 'seen right now');
  t.notOk(
    situationOf(seen({ cause: 'interrupted', verdict: word })).interrupted,
    'a word of another boot is in the way',
  );
  t.end();
});

const evidence = (words: string, more: { isTraceOld?: boolean; starts?: number } = {}) =>
  evidenceOf({
    ...{ tried, state: over, facts: facts(words, { fsck: 'clean', watchdogReset: true }), trace },
    ...{ isTraceOld: false, starts: 1, verdict: undefined, panic: undefined },
    ...more,
  });

t.test('only the boot right after a trial tells how it ended', (t) => {
  t.match(evidence('holdfast.rule=after-trial'), { watchdogReset: true, isCleanlyLeft: true, trace });
  t.match(evidence('holdfast.rule=default'), { watchdogReset: false, isCleanlyLeft: false, trace });
  t.match(evidence('holdfast.rule=retry'), { watchdogReset: false, isCleanlyLeft: false, trace });
  t.end();
});

t.test('a trace is none of the latest start where a boot came in between and the journal lacks a start', (t) => {
  const after = 'holdfast.rule=after-trial';
  t.equal(evidence(after, { isTraceOld: true, starts: 0 }).trace, undefined);
  t.equal(
    evidence(after, { isTraceOld: true, starts: 1 }).trace,
    trace,
    'the boot script could not save that it is over',
  );
  t.equal(evidence(after, { isTraceOld: false, starts: 0 }).trace, trace, 'nobody has looked at it yet');
  t.end();
});

t.test('a power cut is remembered where the journal has every start', (t) => {
  const cause = { code: 'power-cut', message: '', evidence: [] } as const;
  t.equal(knownPowerCut({ cause, starts: 1 }, over), cause);
  t.equal(knownPowerCut({ cause, starts: 0 }, over), undefined);
  t.equal(knownPowerCut({ cause: { ...cause, code: 'panic' }, starts: 1 }, over), undefined);
  t.equal(knownPowerCut({ cause, starts: 3 }, stateOf({})), undefined, 'nobody counts');
  t.end();
});
