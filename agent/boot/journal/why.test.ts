import t from 'tap';
import { type BootRecord, ENDS, RESETS, STAGES } from './record.ts';
import { recordOf } from './testing.ts';
import { bootToExplain, whyJson, whyLines } from './why.ts';
import { chosenWords, endWords, resetWords, secondsWords, stageWords, timeWords } from './words.ts';

const good = { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };
const set = { ...good, kernel: 'virt-kernel_x2.snap' };
const evidence = ['kernel: [ 3.1] Kernel panic - not syncing: x', 'watchdog: did not reset the device'];
const cause = { code: 'panic', message: 'Kernel panic - not syncing: x', evidence } as const;
const reverted = recordOf({ trial: true, rule: 'try', set, end: { how: 'panic', cause, backTo: good } });
const confirmed = recordOf({
  ...{ boot: 8, trial: true, set },
  verdict: { kind: 'good', by: 'agent', reason: '', evidence: ['default.target is active', 'all units run'] },
});

t.test('what a person reads', (t) => {
  const cases: readonly (readonly [what: string, record: BootRecord, lines: readonly string[]])[] = [
    [
      'a trial that came back',
      reverted,
      [
        'Boot 7 (2026-08-01 12:00:03 UTC) tried kernel virt-kernel_x2.snap and went back to virt-kernel_x1.snap',
        'Cause: panic: Kernel panic - not syncing: x',
        'Seen: kernel: [ 3.1] Kernel panic - not syncing: x',
        'Seen: watchdog: did not reset the device',
      ],
    ],
    [
      'one of two snaps, whose agent never ran',
      {
        ...reverted,
        time: '',
        set: { ...set, base: 'bookworm_x2.snap' },
        end: { ...reverted.end, cause: { ...cause, evidence: [] } },
      },
      [
        'Boot 7 (its agent never ran) tried kernel virt-kernel_x2.snap and base bookworm_x2.snap and went back to virt-kernel_x1.snap and bookworm_x1.snap',
        'Cause: panic: Kernel panic - not syncing: x',
      ],
    ],
    [
      'a trial that was confirmed',
      confirmed,
      ['Boot 8 (2026-08-01 12:00:03 UTC) was confirmed: default.target is active; all units run'],
    ],
    [
      'one that a person confirmed',
      { ...confirmed, verdict: { kind: 'good', by: 'person', reason: 'it blinks', evidence: [] } },
      ['Boot 8 (2026-08-01 12:00:03 UTC) was confirmed by a person: it blinks'],
    ],
    [
      'the same as the agent writes it down',
      {
        ...confirmed,
        verdict: {
          kind: 'good',
          by: 'person',
          reason: '',
          evidence: ['confirmed by a person: it blinks', 'link: no link'],
        },
      },
      ['Boot 8 (2026-08-01 12:00:03 UTC) was confirmed by a person: it blinks; link: no link'],
    ],
    [
      'one that a person rejected without a word',
      { ...confirmed, verdict: { kind: 'bad', by: 'person', reason: 'rejected by a person', evidence: [] } },
      ['Boot 8 (2026-08-01 12:00:03 UTC) was rejected by a person and is about to go back'],
    ],
    [
      'and one that ended badly later',
      {
        ...confirmed,
        end: { how: 'power-cut', cause: { code: 'power-cut', message: 'the power was cut', evidence: [] } },
      },
      [
        'Boot 8 (2026-08-01 12:00:03 UTC) was confirmed, and later lost its power',
        'Cause: power-cut: the power was cut',
      ],
    ],
    [
      'a wanted check that failed',
      {
        ...confirmed,
        health: {
          checks: [
            { check: 'store', weight: 'wanted', state: 'fail', reason: 'no answer', evidence: [] },
            { check: 'clock', weight: 'wanted', state: 'pass', reason: '', evidence: [] },
            { check: 'target', weight: 'required', state: 'pass', reason: '', evidence: [] },
          ],
        },
      },
      [
        'Boot 8 (2026-08-01 12:00:03 UTC) was confirmed: default.target is active; all units run',
        'Wanted: store did not pass: no answer',
      ],
    ],
    [
      'a trial that runs',
      recordOf({ trial: true, set: { kernel: set.kernel } }),
      ['Boot 7 (2026-08-01 12:00:03 UTC) is a trial of kernel virt-kernel_x2.snap: there is no verdict yet'],
    ],
    [
      'a trial that is about to go back',
      recordOf({ trial: true, set, verdict: { kind: 'bad', by: 'agent', reason: 'a.service failed', evidence: [] } }),
      ['Boot 7 (2026-08-01 12:00:03 UTC) was rejected and is about to go back: a.service failed'],
    ],
    [
      'a trial whose end nobody saw',
      recordOf({ trial: true, set: { kernel: set.kernel }, end: { how: 'died' } }),
      [
        'Boot 7 (2026-08-01 12:00:03 UTC) was a trial of kernel virt-kernel_x2.snap, and ended without a word before there was a verdict',
      ],
    ],
    [
      'a boot whose end nobody saw',
      recordOf({ end: { how: 'died' } }),
      ['Boot 7 (2026-08-01 12:00:03 UTC) ended without a word'],
    ],
    ['any boot', recordOf(), ['Boot 7 (2026-08-01 12:00:03 UTC): nothing to explain, it runs']],
    [
      'a good set that could not be started',
      recordOf({
        end: {
          how: 'failed',
          cause: { code: 'good-set-failed', message: 'm', evidence: [] },
          backTo: { ...good, base: 'bookworm_x0.snap' },
        },
      }),
      [
        'Boot 7 (2026-08-01 12:00:03 UTC) could not start base bookworm_x1.snap and went back to bookworm_x0.snap',
        'Cause: good-set-failed: m',
      ],
    ],
  ];
  for (const [what, record, lines] of cases) t.strictSame(whyLines(record), lines, what);
  const long = { ...cause, evidence: Array.from({ length: 30 }, (_, i) => `line ${i}`) };
  const lines = whyLines({ ...reverted, end: { ...reverted.end, cause: long } });
  t.equal(lines.length, 14);
  t.equal(lines.at(-1), 'Seen: 19 more lines (holdfast boot why 7 --json)');
  t.end();
});

t.test('the same as data', (t) => {
  t.strictSame(whyJson(reverted), {
    ...{ boot: 7, time: '2026-08-01T12:00:03.000Z', tried: { kernel: set.kernel }, backTo: good },
    ...{ cause: { code: 'panic', message: 'Kernel panic - not syncing: x' }, evidence },
  });
  t.match(whyJson(confirmed), {
    cause: undefined,
    tried: set,
    backTo: undefined,
    evidence: ['default.target is active'],
  });
  t.match(whyJson(recordOf()), { cause: undefined, tried: {}, evidence: [] });
  t.end();
});

t.test('the boot that is explained when nobody says which', (t) => {
  const plain = (boot: number) => recordOf({ boot, end: { how: 'shutdown' } });
  t.equal(bootToExplain([plain(9), plain(8), reverted, plain(6)])?.boot, 7);
  t.equal(bootToExplain([plain(9), confirmed, reverted])?.boot, 8, 'what was kept since then');
  t.equal(bootToExplain([plain(9), plain(8)])?.boot, 9);
  const unplugged = recordOf({ boot: 8, end: { how: 'power-cut', cause: { ...cause, code: 'power-cut' } } });
  t.equal(bootToExplain([plain(9), unplugged, reverted])?.boot, 7, 'a plug that was pulled hides no revert');
  t.equal(bootToExplain([plain(9), unplugged, plain(7)])?.boot, 8);
  t.equal(bootToExplain([]), undefined);
  t.end();
});

t.test('every value has its words', (t) => {
  for (const how of ENDS) t.match(endWords(how), /^[a-z ]+$/);
  for (const reset of RESETS) t.match(resetWords(reset), /^[a-z ]+$/);
  for (const stage of STAGES) t.match(stageWords(stage), /^[a-z ]+$/);
  t.equal(chosenWords({ rule: 'try', copy: 'b' }), 'the trial that was armed (by copy B of the boot environment)');
  t.equal(chosenWords({ rule: 'toString', copy: 'constructor' }), 'rule toString (by constructor)');
  t.equal(chosenWords({ rule: '', copy: '' }), 'the boot script did not say');
  t.equal(timeWords('yesterday'), 'its agent never ran');
  t.strictSame([0, 9.54, 119.96, 600, 86_400, 800_000].map(secondsWords), [
    '0 s',
    '9.5 s',
    '120 s',
    '10 min',
    '24 h',
    '9 d',
  ]);
  t.end();
});
