import t from 'tap';
import { type BootState, readBootState, type SlotNames } from '../../../bootloader/protocol/index.ts';
import type { Trace, VerdictRecord } from '../evidence.ts';
import type { BootFacts } from '../facts.ts';
import { type Beginning, openPage, parseMarks } from './begin.ts';
import type { Panic } from './panic-text.ts';
import type { BootRecord } from './record.ts';
import { recordOf } from './testing.ts';

const good = { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };
const trying = { kernel: 'virt-kernel_x2.snap' };
const tried = { ...good, ...trying };
const kernel = { kernel: { release: '6.1', buildId: 'c0ffee' }, commandLine: 'quiet', mounts: ['/ squashfs b'] };
const time = '2026-08-01T12:05:00.000Z';
const lines = 'Kernel panic - not syncing: x';

interface Story {
  readonly rule?: string;
  readonly trial?: boolean;
  readonly ran?: SlotNames;
  readonly bootId?: string;
  readonly reset?: 'warm' | 'cold';
  readonly watchdog?: boolean;
  readonly fsck?: string;
  readonly state?: Partial<BootState>;
  readonly trace?: Trace;
  readonly verdict?: VerdictRecord;
  readonly panics?: readonly Panic[];
}

const nothing = readBootState({ 'env-a': undefined, 'env-b': undefined, good: undefined, mark: undefined });

function beginning(story: Story): Beginning {
  const { rule = 'default', trial = false, ran = good, bootId = 'now', reset = 'warm', watchdog = false } = story;
  const initramfs = new Map([
    ['marks', 'initramfs:1.2,mounted:3.4,switched:3.9'],
    ['fsck', story.fsck ?? 'repaired'],
  ]);
  const booted = { ran, rule, copy: 'a', trial, abilities: new Set(['attempts']), reset };
  const facts: BootFacts = { bootId, booted, initramfs, watchdogReset: watchdog, contradictions: [] };
  const state: BootState = { ...nothing, good, source: 'env-a', ...story.state };
  const start = { facts, state, trace: story.trace, verdict: story.verdict, uptimeSeconds: 9.5 };
  return { start, kernel, panics: story.panics ?? [], time };
}

const trace = (stage: Trace['stage'], bootId = 'trial'): Trace => ({
  ...{ set: tried, trial: true, stage, message: '', bootId, uptimeSeconds: 4.5 },
});
const panicOf = (bootId: string, set: SlotNames = tried): Panic => ({
  ...{ line: lines, text: [lines], bootId, set: bootId === '' ? {} : set, trial: set === tried },
});
const word: VerdictRecord = {
  kind: 'interrupted',
  set: tried,
  bootId: 'trial',
  reason: 'r',
  evidence: '',
  attemptsLeft: 1,
};
/** The environment after a trial that did not come back by itself. */
const open = { state: { trying, mode: '', attemptsLeft: 2 }, rule: 'after-trial' };
const armed = recordOf({ boot: 7, end: { how: 'shutdown' } });
const trialRecord = recordOf({ boot: 8, bootId: 'trial', trial: true, rule: 'try', set: tried });

/** What a page says, in short: number, whether trial, how it ended and why. */
function short(records: readonly BootRecord[], story: Story): unknown[] | undefined {
  const page = openPage(records, beginning(story));
  const ended = page?.earlier.map(({ boot, trial, end }) => [boot, trial ? 'trial' : 'boot', end.how, end.cause?.code]);
  return page && [...(ended ?? []), page.current.boot];
}

t.test('a boot says what it is', (t) => {
  const page = openPage([], beginning({ reset: 'cold' }));
  t.strictSame(page, {
    earlier: [],
    current: {
      ...{
        boot: 1,
        version: 0,
        bootId: 'now',
        time,
        rule: 'default',
        copy: 'a',
        trial: false,
        reset: 'cold',
        set: good,
      },
      ...kernel,
      marks: [
        { stage: 'script', uptimeSeconds: 0 },
        { stage: 'initramfs', uptimeSeconds: 1.2 },
        { stage: 'mounted', uptimeSeconds: 3.4 },
        { stage: 'switched', uptimeSeconds: 3.9 },
        { stage: 'daemon', uptimeSeconds: 9.5 },
      ],
      end: { how: 'running' },
    },
  });
  t.equal(openPage([], beginning({ watchdog: true }))?.current.reset, 'watchdog');
  t.equal(openPage([recordOf({ bootId: 'now' })], beginning({})), undefined, 'only the daemon was started again');
  t.strictSame(parseMarks('initramfs:1.2,soon:1,mounted,target:-1,verdict:x,,switched:9'), [
    { stage: 'initramfs', uptimeSeconds: 1.2 },
    { stage: 'switched', uptimeSeconds: 9 },
  ]);
  t.end();
});

t.test('the ends of the boots before it', (t) => {
  const running = recordOf({ boot: 7 });
  const cases: readonly (readonly [string, readonly BootRecord[], Story, unknown[] | undefined])[] = [
    ['the first', [], {}, [1]],
    ['shut down in order', [armed], {}, [8]],
    ['shut down while no agent ran', [running], { fsck: 'clean' }, [[7, 'boot', 'shutdown', undefined], 8]],
    ['a power cut', [running], { reset: 'cold' }, [[7, 'boot', 'power-cut', 'power-cut'], 8]],
    ['a panic with its name', [running], { panics: [panicOf(running.bootId)] }, [[7, 'boot', 'panic', 'panic'], 8]],
    ['a panic without a name', [running], { panics: [panicOf('')] }, [[7, 'boot', 'panic', 'panic'], 8]],
    ['written down already', [recordOf({ end: { how: 'failed', backTo: good } })], { reset: 'cold' }, [8]],
    [
      'a trial whose agent ran',
      [armed, trialRecord],
      { ...open, trace: trace('switched') },
      [[8, 'trial', 'died', 'panic'], 9],
    ],
    [
      'a trial that was cut off',
      [armed, trialRecord],
      { ...open, trace: trace('switched'), reset: 'cold' },
      [[8, 'trial', 'power-cut', 'power-cut'], 9],
    ],
    [
      'a trial that was kept and then cut off',
      [{ ...trialRecord, verdict: { kind: 'good', by: 'agent', reason: '', evidence: [] } }],
      { ran: tried, state: { good: tried }, trace: trace('switched'), reset: 'cold' },
      [[8, 'trial', 'power-cut', 'power-cut'], 9],
    ],
    [
      'a trial that was kept, of which only the environment tells',
      [trialRecord],
      { ran: tried, state: { good: tried }, fsck: 'clean' },
      [[8, 'trial', 'shutdown', undefined], 9],
    ],
    [
      'the trial runs',
      [armed],
      {
        rule: 'try',
        trial: true,
        ran: tried,
        state: { trying, mode: 'trying' },
        trace: trace('switched', 'now'),
        fsck: 'clean',
      },
      [8],
    ],
  ];
  const kept = { ...trialRecord, verdict: { kind: 'good', by: 'agent', reason: '', evidence: [] } } as const;
  const cut = { trace: trace('switched'), reset: 'cold' } as const;
  const more: typeof cases = [
    [
      'a trial that runs and left no trace',
      [armed],
      { rule: 'try', trial: true, ran: tried, state: { trying, mode: 'trying' } },
      [8],
    ],
    [
      'well, but the environment did not take it',
      [kept],
      { ...open, ...cut },
      [[8, 'trial', 'power-cut', 'power-cut'], 9],
    ],
    [
      'kept, and no environment left to say so',
      [kept],
      { rule: 'record', state: { source: 'none', good: {} } },
      [[8, 'trial', 'died', 'panic'], 9],
    ],
  ];
  for (const [what, records, story, expected] of [...cases, ...more])
    t.strictSame(short(records, story), expected, what);
  const { earlier } = openPage([kept], beginning({ ...open, ...cut })) ?? {};
  t.strictSame(earlier?.[0]?.end.backTo, good, 'what was not kept is left');
  const { earlier: alone } = openPage([kept], beginning({ state: { source: 'none', good: {} } })) ?? {};
  t.equal(alone?.[0]?.end.backTo, undefined);
  t.end();
});

t.test('boots of which no agent tells', (t) => {
  const failed = { ...open, trace: trace('failed') };
  const seen = recordOf({ boot: 9, rule: 'after-trial' });
  const missing = recordOf({ boot: 8, bootId: '', trial: true, set: tried, end: { how: 'died', backTo: good } });
  const cases: readonly (readonly [string, readonly BootRecord[], Story, unknown[] | undefined])[] = [
    ['the initramfs of a trial failed', [armed], failed, [[8, 'trial', 'failed', 'initramfs-failed'], 9]],
    [
      'the same, and nobody noted the shutdown',
      [recordOf({ boot: 7 })],
      failed,
      [[7, 'boot', 'shutdown', undefined], [8, 'trial', 'failed', 'initramfs-failed'], 9],
    ],
    ['a trial died before its initramfs', [armed], open, [[8, 'trial', 'died', 'died-before-initramfs'], 9]],
    [
      'a trial panicked before its initramfs',
      [armed],
      { ...open, panics: [panicOf('')] },
      [[8, 'trial', 'panic', 'panic'], 9],
    ],
    [
      'a trial panicked in it',
      [armed],
      { ...open, trace: trace('mounted'), panics: [panicOf('trial')] },
      [[8, 'trial', 'panic', 'panic'], 9],
    ],
    [
      'a trial panicked before its trace',
      [armed],
      { ...open, panics: [panicOf('t')] },
      [[8, 'trial', 'panic', 'panic'], 9],
    ],
    ['a trial that hung', [armed], { ...open, watchdog: true }, [[8, 'trial', 'watchdog', 'hang-before-initramfs'], 9]],
    [
      'the script did not start it',
      [armed],
      { ...open, rule: 'not-started', state: { ...open.state, cause: 'missing-kernel' } },
      [[8, 'trial', 'failed', 'missing-kernel'], 9],
    ],
    [
      'the script could not save',
      [armed],
      { rule: 'not-saved', state: { trying, mode: 'try' } },
      [[8, 'trial', 'failed', 'not-saved'], 9],
    ],
    ['it is armed, and its boot is still to come', [armed], { rule: 'default', state: { trying, mode: 'try' } }, [8]],
    ['it was written down, then the power was cut', [armed, missing], open, [9]],
    [
      'an agent saw it, and could not put it right',
      [armed, missing, seen],
      { ...open, rule: 'default', reset: 'cold' },
      [[9, 'boot', 'power-cut', 'power-cut'], 10],
    ],
    [
      'its trace is known',
      [trialRecord, recordOf({ boot: 9, end: { how: 'shutdown' } })],
      { ...failed, rule: 'default' },
      [10],
    ],
    [
      'a trial and the good boot after it',
      [armed],
      { ...open, rule: 'default', trace: trace('failed'), panics: [panicOf('g', good)] },
      [[8, 'trial', 'failed', 'initramfs-failed'], [9, 'boot', 'panic', 'panic'], 10],
    ],
    ['a trial of long ago', [armed], { trace: trace('failed', 'old') }, [8]],
    [
      'a trial that was started again',
      [trialRecord, recordOf({ boot: 9, rule: 'after-trial', end: { how: 'shutdown' } })],
      open,
      [[10, 'trial', 'died', 'died-before-initramfs'], 11],
    ],
    [
      'two boots that panicked early',
      [recordOf({ boot: 7 })],
      { panics: [panicOf('p', good), panicOf('q', good), panicOf('q', good)] },
      [[7, 'boot', 'died', undefined], [8, 'boot', 'panic', 'panic'], [9, 'boot', 'panic', 'panic'], 10],
    ],
    [
      'the good set does not boot',
      [armed],
      { rule: 'previous', ran: { ...good, base: 'bookworm_x0.snap' } },
      [[8, 'boot', 'failed', 'good-set-failed'], 9],
    ],
    [
      'the same, and the power was cut before the rest was written',
      [recordOf({ end: { how: 'failed', cause: { code: 'good-set-failed', message: 'm', evidence: [] } } })],
      { rule: 'previous', ran: { ...good, base: 'bookworm_x0.snap' } },
      [8],
    ],
    [
      'nor does it the next time',
      [recordOf({ rule: 'previous', end: { how: 'shutdown' } })],
      { rule: 'previous', ran: { ...good, base: 'bookworm_x0.snap' } },
      [8],
    ],
  ];
  for (const [what, records, story, expected] of cases) t.strictSame(short(records, story), expected, what);
  t.end();
});

t.test('what counts as the end of a trial, and what of another boot', (t) => {
  const cut = { ...open, trace: trace('switched'), reset: 'cold' } as const;
  const cases: readonly (readonly [what: string, code: string, story: Story])[] = [
    ['power cut', 'power-cut', cut],
    ['cut off, and the good boot after it hung', 'panic', { ...cut, rule: 'default', watchdog: true }],
    [
      'shut down, and the good boot after it hung',
      'interrupted',
      { ...open, rule: 'default', watchdog: true, verdict: { ...word, attemptsLeft: 2 } },
    ],
    ['power cut for the last time', 'unexplained', { ...cut, state: { ...open.state, attemptsLeft: 0 } }],
    ['a power cut of a later boot', 'panic', { ...cut, rule: 'unknown-status' }],
    ['shut down in order', 'interrupted', { ...open, verdict: word, state: { ...open.state, attemptsLeft: 1 } }],
    ['a word of an earlier start', 'power-cut', { ...cut, verdict: word }],
  ];
  for (const [what, code, story] of cases) {
    t.match(openPage([armed, trialRecord], beginning(story))?.earlier, [{ end: { cause: { code } } }], what);
  }
  t.end();
});

t.test('what is known of a boot that nobody wrote down', (t) => {
  const page = openPage([armed], beginning({ ...open, trace: trace('mounted'), panics: [panicOf('trial')] }));
  t.match(page?.earlier, [
    {
      ...{ boot: 8, bootId: 'trial', time: '', rule: 'try', trial: true, set: tried, commandLine: '', mounts: [] },
      marks: [
        { stage: 'script', uptimeSeconds: 0 },
        { stage: 'mounted', uptimeSeconds: 4.5 },
      ],
      end: { how: 'panic', cause: { message: lines }, backTo: good },
    },
  ]);
  const refused = { ...open, rule: 'not-started', state: { ...open.state, cause: 'missing-kernel' } };
  t.match(openPage([], beginning(refused))?.earlier, [{ boot: 1, set: tried, marks: [] }]);
  const late = { ...open, rule: 'default', watchdog: true, trace: trace('mounted') };
  t.match(
    openPage([armed], beginning(late))?.earlier,
    [{ end: { cause: { code: 'died-in-initramfs' } } }],
    'the watchdog of another boot',
  );
  t.end();
});
