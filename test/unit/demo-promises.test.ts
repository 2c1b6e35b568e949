import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { CASES } from '../demo/cases.ts';
import { keepFigures, parseFigures, readFigures } from '../demo/figures-file.ts';
import { healthFigures } from '../demo/figures-health.ts';
import { figuresSection, snapSizes } from '../demo/figures-section.ts';
import { parseOptions } from '../demo/options.ts';
import { figuresOf } from '../demo/play.ts';
import { brokenPromises, type Seen } from '../demo/promise.ts';
import type { BootSeen } from '../machine/lab/boots.ts';

const GOOD = { kernel: 'k_x1.snap', base: 'b_x1.snap' };
const TRIED = { ...GOOD, kernel: 'k_x2.snap' };
const PANIC = { evidence: /Kernel panic/, watchdog: false } as const;
const REVERTED = {
  slot: 'kernel',
  promised: { ...PANIC, what: 'reverted', cause: 'panic', message: /panic/, absent: /hangs/ },
} as const;
const CONFIRMED = { slot: 'kernel', promised: { ...PANIC, what: 'confirmed', evidence: /rule=try/ } } as const;

const outcome = {
  what: 'reverted',
  set: { kernel: 'k_x2.snap' },
  cause: 'panic',
  message: 'Kernel panic',
  time: '',
  stagedTime: '',
};
const back = {
  before: { good: GOOD },
  after: { good: GOOD, running: GOOD, hasTrial: false, outcomes: [outcome] },
  during: 'rule=try\r\n\x1b[1mKernel\x1b[0m panic',
  watchdog: false,
} satisfies Seen;
const kept = {
  ...back,
  after: {
    good: TRIED,
    running: TRIED,
    hasTrial: false,
    outcomes: [{ ...outcome, what: 'confirmed', cause: undefined }],
  },
} satisfies Seen;

t.test('a case that ends as promised breaks no promise', async (t) => {
  t.same(brokenPromises(REVERTED, back), []);
  t.same(brokenPromises(CONFIRMED, kept), []);
});

t.test('every broken promise is told', async (t) => {
  const after = (changes: Partial<Seen['after']>): Seen => ({ ...back, after: { ...back.after, ...changes } });
  const rows: readonly [seen: Seen, told: RegExp][] = [
    [{ ...back, during: 'nothing' }, /does not show/],
    [{ ...back, during: 'Kernel panic, it hangs' }, /the console shows/],
    [{ ...back, watchdog: true }, /the watchdog reset/],
    [after({ outcomes: [] }), /the outcome is not there/],
    [after({ outcomes: [{ ...outcome, what: 'confirmed' }] }), /the outcome is confirmed/],
    [after({ outcomes: [{ ...outcome, cause: 'hang' }] }), /the cause is hang, not panic/],
    [after({ outcomes: [{ ...outcome, cause: undefined }] }), /the cause is none, not panic/],
    [after({ outcomes: [{ ...outcome, message: 'nothing' }] }), /the cause says "nothing"/],
    [after({ hasTrial: true }), /still open/],
    [after({ running: TRIED }), /it runs k_x2 b_x1/],
    [after({ good: TRIED, running: TRIED }), /the good set became k_x2/],
  ];
  for (const [seen, told] of rows) t.match(brokenPromises(REVERTED, seen).join(), told);
});

t.test('a confirmed trial must have become the good set, and nothing else', async (t) => {
  const goods = [GOOD, { ...TRIED, base: 'b_x9.snap' }, { ...TRIED, gadget: 'g_x1.snap' }];
  for (const good of goods) {
    const seen: Seen = { ...kept, after: { ...kept.after, good, running: good } };
    t.match(brokenPromises(CONFIRMED, seen).join(), /not what was tried/, JSON.stringify(good));
  }
  const silent: Seen = { ...kept, watchdog: false };
  const promised = { ...CONFIRMED.promised, watchdog: true };
  t.match(brokenPromises({ ...CONFIRMED, promised }, silent).join(), /did not reset/);
});

t.test('options choose cases and modes', async (t) => {
  const all = CASES.map(({ name }) => name);
  const names = (...args: string[]) => parseOptions(args).cases.map(({ name }) => name);
  t.same(names(), all);
  t.same(names('--only', 'good-base', 'good-kernel', '--verbose'), ['good-kernel', 'good-base'], 'in their own order');
  t.equal(new Set(all).size, all.length, 'no name is given twice');
  const modes = [[], ['--cold'], ['--list'], ['--help', '--list']].map((args) => parseOptions(args).mode);
  t.same(modes, ['play', 'cold', 'list', 'help']);
  for (const wrong of [['--only'], ['good-base'], ['--only', 'none-such'], ['--loud']])
    t.throws(() => parseOptions(wrong), Error, wrong.join(' '));
});

t.test('figures of earlier runs stay where nothing new was measured', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-figures-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'deeper', 'figures.json');
  t.same(await readFigures(path), { format: 1, cases: [] }, 'none yet');
  await keepFigures(path, { buildCold: 100 });
  await keepFigures(path, { boot: 16, cases: [{ name: 'a', title: 'A', end: 'confirmed', seconds: 40 }] });
  t.match(await readFigures(path), { format: 1, buildCold: 100, boot: 16, cases: [{ name: 'a' }] });
  t.match(JSON.parse(await readFile(path, 'utf8')), { buildCold: 100 });
  await writeFile(path, '{');
  t.same(await readFigures(path), { format: 1, cases: [] });
  for (const text of ['null', '[]', '{"format":2,"cases":[]}', '{"format":1}'])
    t.same(parseFigures(text), { format: 1, cases: [] }, text);
});

t.test('only what was measured is told', async (t) => {
  const played = { title: 'A', end: 'reverted', broken: [] } as const;
  const figures = figuresOf([
    { ...played, name: 'a', cause: 'panic', seconds: 41.4 },
    { ...played, name: 'b', cause: undefined, seconds: undefined },
  ]);
  t.same(figures, [{ name: 'a', title: 'A', end: 'reverted', cause: 'panic', seconds: 41.4 }]);
  const snaps = snapSizes({
    files: { 'b_x1.snap': { size: 1048576 }, 'disk.img': { size: 9 }, 'c.snap': { size: '1' } },
  });
  t.same(snaps, [{ file: 'b_x1.snap', bytes: 1048576 }]);
  for (const odd of [undefined, null, 3, {}, { files: null }]) t.same(snapSizes(odd), []);
  const section = figuresSection({ format: 1, buildWarm: 1.23, cases: figures }, snaps);
  t.match(section, '| `b_x1.snap` | 1.0 MiB |');
  t.match(section, '| A | reverted: `panic` | 41 s |');
  t.match(section, /nothing changed \| 1\.2 s \|/);
  t.notMatch(section, /what health adds|hf-journal|empty caches|power-on to the agent|Measured on/);
});

t.test('what watching over a boot costs is read from the boot journal', async (t) => {
  const boot = (more: object, marks: Record<string, number> = {}): BootSeen => {
    const none = { boot: 1, trial: true, rule: 'try', reset: 'warm', end: 'running', cause: undefined, checks: [] };
    return { ...none, verdict: { kind: 'good', by: 'agent' }, ...more, marks: new Map(Object.entries(marks)) };
  };
  const boots = [
    boot({}, { target: 12, verdict: 18.5 }),
    boot({}, { target: 14, verdict: 20.5 }),
    boot({}, { daemon: 10 }),
    boot({ verdict: { kind: 'good', by: 'person' } }, { target: 50, verdict: 51 }),
    boot({ verdict: { kind: 'bad', by: 'agent' } }, { target: 50, verdict: 51 }),
    boot({ trial: false, verdict: undefined }, { target: 11 }),
  ];
  const health = healthFigures(boots, 5, [20480, 24576]);
  t.same(health, { verdictDelay: 1.5, targetOfTrials: 13, targetOfOthers: 11, journalBytes: 22528 });
  const section = figuresSection({ format: 1, health, cases: [] }, []);
  for (const told of [/without the settling time \| 1\.5 s/, /without \| 13 s and 11 s/, /`hf-journal`\) \| 22\.0 KiB/])
    t.match(section, told);
  t.same(healthFigures([], 5, []), {}, 'what nobody says is not made up');
});
