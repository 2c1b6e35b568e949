import t from 'tap';
import type { SlotNames } from '../../../bootloader/protocol/types.ts';
import type { Evidence } from '../cause.ts';
import type { Trace, VerdictRecord } from '../evidence.ts';
import { endOf, type Found } from './end.ts';
import { type BootRecord, ENDS } from './record.ts';
import { randomNumbers, recordOf } from './testing.ts';

const good = { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };
const set = { ...good, kernel: 'virt-kernel_x2.snap' };
const bootId = recordOf().bootId;
const panic = { line: 'Kernel panic - not syncing: Attempted to kill init!', text: ['[ 9.1] Kernel panic'] };
const silence: Evidence = {
  ...{ tried: { kernel: set.kernel }, started: true, scriptCause: undefined, rule: 'after-trial' },
  ...{
    trace: undefined,
    verdict: undefined,
    watchdogReset: false,
    isCleanlyLeft: false,
    reset: 'warm',
    panic: undefined,
    attemptsLeft: 2,
  },
};
const trace = (stage: Trace['stage'], of = bootId): Trace => ({
  ...{ set, trial: true, stage, message: '', bootId: of, uptimeSeconds: 4 },
});
const bad: VerdictRecord = { kind: 'bad', set, bootId, reason: 'a.service failed', evidence: 'exit 1' };
const trial = (changes: Partial<BootRecord> = {}) => recordOf({ trial: true, set, ...changes });

type Case = readonly [
  what: string,
  how: string,
  code: string | undefined,
  record: BootRecord,
  evidence: Partial<Evidence>,
  found?: Partial<Found>,
];

t.test('the end of a trial', (t) => {
  const cases: readonly Case[] = [
    ['a bad verdict', 'rejected', 'verdict', trial(), { verdict: bad, trace: trace('switched') }],
    ['a person', 'rejected', 'rejected', trial(), { verdict: { ...bad, by: 'person' } }],
    [
      'a verdict that is only written here',
      'rejected',
      'rejected',
      trial({ verdict: { kind: 'bad', by: 'person', reason: 'r', evidence: [] } }),
      { trace: trace('switched') },
    ],
    [
      'an orderly shutdown',
      'shutdown',
      'interrupted',
      trial({ end: { how: 'shutdown' } }),
      { trace: trace('switched') },
    ],
    [
      'a shutdown that hung',
      'watchdog',
      'hang',
      trial({ end: { how: 'shutdown' } }),
      { trace: trace('switched'), watchdogReset: true },
    ],
    ['a panic', 'panic', 'panic', trial(), { trace: trace('switched'), panic }],
    ['a death without a word', 'died', 'panic', trial(), { trace: trace('switched') }],
    ['a hang', 'watchdog', 'hang', trial(), { trace: trace('switched'), watchdogReset: true }],
    ['a power cut', 'power-cut', 'power-cut', trial(), { trace: trace('switched'), reset: 'cold' }],
    [
      'the last power cut',
      'power-cut',
      'unexplained',
      trial(),
      { trace: trace('switched'), reset: 'cold', attemptsLeft: 0 },
    ],
    ['the deadline', 'deadline', 'deadline', trial(), { trace: trace('deadline') }],
    ['the initramfs said why', 'failed', 'initramfs-failed', trial(), { trace: trace('failed') }],
    ['the boot script said why', 'failed', 'missing-kernel', trial(), { scriptCause: 'missing-kernel' }],
    ['the trace of another boot', 'died', 'died-before-initramfs', trial(), { trace: trace('failed', 'other') }],
    ['a trace that does not say whose', 'failed', 'initramfs-failed', trial(), { trace: trace('failed', '') }],
  ];
  for (const [what, how, code, record, evidence] of cases) {
    const end = endOf(record, { evidence: { ...silence, ...evidence }, fsck: 'repaired', kept: false, backTo: good });
    t.match(end, { how, cause: { code }, backTo: good }, what);
  }
  t.end();
});

t.test('the end of any other boot', (t) => {
  const cases: readonly Case[] = [
    ['an orderly shutdown that was noted', 'shutdown', undefined, recordOf({ end: { how: 'shutdown' } }), {}],
    ['an orderly shutdown while the agent did not run', 'shutdown', undefined, recordOf(), {}, { fsck: 'clean' }],
    ['switched off in order', 'shutdown', undefined, recordOf(), { reset: 'cold' }, { fsck: 'clean' }],
    ['a power cut', 'power-cut', 'power-cut', recordOf(), { reset: 'cold' }],
    ['a panic', 'panic', 'panic', recordOf(), { panic }],
    ['a panic in the shutdown', 'panic', 'panic', recordOf({ end: { how: 'shutdown' } }), { panic }, { fsck: 'clean' }],
    ['a hang', 'watchdog', 'hang', recordOf(), { watchdogReset: true }],
    ['without a word', 'died', 'panic', recordOf(), {}],
    ['without a word, and nobody knows of the power', 'died', 'panic', recordOf(), { reset: undefined }],
    ['a trial that was kept', 'power-cut', 'power-cut', trial(), { trace: trace('switched'), reset: 'cold' }],
  ];
  for (const [what, how, code, record, evidence, found] of cases) {
    const end = endOf(record, {
      evidence: { ...silence, ...evidence },
      fsck: 'repaired',
      kept: true,
      backTo: good,
      ...found,
    });
    t.equal(end.how, how, what);
    t.equal(end.cause?.code, code, what);
    t.equal(end.backTo, undefined, 'nothing went back');
  }
  const { cause } = endOf(recordOf(), { evidence: { ...silence, panic }, fsck: 'repaired', kept: true, backTo: good });
  t.strictSame(cause, {
    code: 'panic',
    message: panic.line,
    evidence: [
      'kernel: [ 9.1] Kernel panic',
      'watchdog: did not reset the device',
      'memory: kept its power',
      'writable file system: repaired',
      'the boot after it was chosen by rule: after-trial',
    ],
  });
  t.end();
});

t.test('every end that was not wished for has a cause with evidence, whatever was found', (t) => {
  const random = randomNumbers(7);
  const pick = <T>(...from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const without: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const record = recordOf({
      trial: pick(true, false),
      set: pick<SlotNames>(good, set, {}),
      end: { how: pick(...ENDS) },
      time: pick('', recordOf().time),
    });
    const evidence: Evidence = {
      tried: pick<SlotNames>({}, { kernel: set.kernel }, good),
      started: pick(true, false),
      scriptCause: pick(undefined, '', 'no-attempts', 'missing-kernel', 'mice'),
      rule: pick('', 'default', 'after-trial', 'not-started', 'record', 'backup-script'),
      trace: pick(undefined, trace('initramfs'), trace('switched'), trace('failed', ''), trace('deadline', 'x')),
      verdict: pick(undefined, bad, { ...bad, kind: 'interrupted' as const }),
      watchdogReset: pick(true, false),
      isCleanlyLeft: pick(true, false),
      reset: pick('warm', 'cold', undefined),
      panic: pick(undefined, panic),
      attemptsLeft: pick(undefined, 0, 1, 2),
    };
    const kept = pick(true, false);
    const end = endOf(record, { evidence, fsck: pick('', 'clean', 'repaired'), kept, backTo: good });
    const isWished = kept && end.how === 'shutdown';
    if (end.how === 'running' || (end.cause === undefined) !== isWished)
      without.push(JSON.stringify([record, evidence]));
    if (end.cause !== undefined && (end.cause.evidence.length === 0 || end.cause.message === '')) without.push('empty');
  }
  t.strictSame(without, []);
  t.end();
});
