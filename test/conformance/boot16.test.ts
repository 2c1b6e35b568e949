/** Small histories of our own, played as those of the corpus are: each operation, and each class of difference. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { boot16, judge } from './boot16.ts';
import { DIFFERENCES } from './differences.ts';
import { parseAnswer, parseHistory } from './history.ts';
import type { Json } from './json.ts';
import type { CaseReport } from './kind.ts';

/** `mode / core,try_core / kernel,try_kernel`; "-" for empty, "odd!" for a value without ".snap". */
function env(text: string): Record<string, string> {
  const [mode = '', core = '', kernel = ''] = text.split(' / ');
  const file = (name: string | undefined): string =>
    name === undefined || name === '-' ? '' : name.endsWith('!') ? name.slice(0, -1) : `${name}.snap`;
  const [snap_core, snap_try_core] = core.split(',').map(file);
  const [snap_kernel, snap_try_kernel] = kernel.split(',').map(file);
  const vars = { snap_mode: mode === '-' ? '' : mode, snap_core, snap_try_core, snap_kernel, snap_try_kernel };
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, value ?? '']));
}

const FRESH = '- / core18_1,- / pc-kernel_1,-';

/** An operation, what snapd says, and the variables that it leaves; `undefined`: as they were. */
type Row = readonly [op: Json, result: Json, after?: string];

function played(initial: string, rows: readonly Row[], bootloader = 'uboot'): CaseReport {
  let now = env(initial);
  const steps: Json[] = [{ op: { op: 'initial' }, state: { vars: now } }];
  for (const [op, result, after] of rows) {
    now = after === undefined ? now : env(after);
    steps.push({ op, result: { error: null, ...result }, state: { vars: now } });
  }
  const history = parseHistory({ bootloader, vars: env(initial), ops: rows.map(([op]) => op) });
  return judge('own', history, parseAnswer({ result: { steps } }, history));
}

const next = (type: string, name: string, no_try?: true): Json => ({
  ...{ op: 'set_next', type, snap: `${name}.snap` },
  ...(no_try === undefined ? {} : { no_try }),
});
const mark = { op: 'mark_successful' };
const power = { op: 'bootloader' };
const boots = (core: string, kernel: string): Json => ({ core: `${core}.snap`, kernel: `${kernel}.snap` });
const REBOOT = { reboot_required: true, trivial: false };
const STAYS = { reboot_required: false, trivial: false };
const TRIVIAL = { reboot_required: false, trivial: true };

t.test('where nothing differs, every operation is equal, on each bootloader', async (t) => {
  const rows: readonly Row[] = [
    [{ op: 'current_boot', type: 'base' }, { snap: 'core18_1.snap' }],
    [next('base', 'core_2'), TRIVIAL],
    [next('base', 'core18_1'), STAYS],
    [next('kernel', 'pc-kernel_2'), REBOOT, 'try / core18_1,- / pc-kernel_1,pc-kernel_2'],
    [next('base', 'core18_2'), REBOOT, 'try / core18_1,core18_2 / pc-kernel_1,pc-kernel_2'],
    [{ ...mark, crash_in: 'SetBootVars' }, { panic: 'cut' }],
    [{ op: 'in_use', type: 'kernel', snap: 'pc-kernel_2.snap' }, { in_use: true }],
    [power, boots('core18_2', 'pc-kernel_2'), 'trying / core18_1,core18_2 / pc-kernel_1,pc-kernel_2'],
    [
      { op: 'current_boot', type: 'kernel' },
      { error: 'not yet', not_ready: true },
    ],
    [mark, {}, '- / core18_2,- / pc-kernel_2,-'],
    [next('kernel', 'pc-kernel_1', true), REBOOT, '- / core18_2,- / pc-kernel_1,-'],
    [next('kernel', 'pc-kernel_1', true), STAYS],
    [power, boots('core18_2', 'pc-kernel_1')],
    [{ op: 'set_vars', vars: { snap_try_core: 'core18_3.snap' } }, {}, '- / core18_2,core18_3 / pc-kernel_1,-'],
    [{ op: 'set_vars', vars: { snap_mode: 'try' } }, {}, 'try / core18_2,core18_3 / pc-kernel_1,-'],
    [power, boots('core18_3', 'pc-kernel_1'), 'trying / core18_2,core18_3 / pc-kernel_1,-'],
    [power, boots('core18_2', 'pc-kernel_1'), '- / core18_2,core18_3 / pc-kernel_1,-'],
    [mark, {}, '- / core18_2,- / pc-kernel_1,-'],
  ];
  for (const bootloader of ['uboot', 'grub', 'mock']) {
    const { equal, intended, unmatched } = played(FRESH, rows, bootloader);
    t.same({ equal, intended, unmatched }, { equal: rows.length, intended: [], unmatched: [] }, bootloader);
  }
});

t.test('what the env protocol does not have is counted as not built', async (t) => {
  const report = played(FRESH, [
    [{ op: 'initramfs' }, {}],
    [{ op: 'write_modeenv', modeenv: 'mode=run' }, {}],
    [power, boots('core18_1', 'pc-kernel_1')],
  ]);
  t.same([report.equal, report.notBuilt], [1, ['UC20+ protocol', 'UC20+ protocol']]);
  const history = parseHistory({ bootloader: 'mock', vars: {}, kernel: 'pc-kernel_1.snap', ops: [mark] });
  const steps = [
    { op: { op: 'initial' }, state: { vars: {} } },
    { op: mark, result: {}, state: { vars: {} } },
  ];
  t.same(judge('own', history, parseAnswer({ result: { steps } }, history)).notBuilt, ['UC20+ protocol']);
});

/** By class: variables before, one or more operations of which the last differs, as snapd answers. */
const CLASSES: Readonly<Record<string, readonly [initial: string, rows: readonly Row[]][]>> = {
  'nothing-good': [
    ['- / core18_1,- / -,-', [[power, { core: 'core18_1.snap', kernel: '' }]]],
    ['- / core18_1,- / -,-', [[next('base', 'core18_2'), REBOOT, 'try / core18_1,core18_2 / -,-']]],
    ['trying / core18_1,- / -,pc-kernel_2', [[mark, {}, '- / core18_1,- / pc-kernel_2,-']]],
    ['- / core18_1,- / -,-', [[{ op: 'in_use', type: 'base', snap: 'core18_9.snap' }, { in_use: false }]]],
  ],
  'trial-open': [
    [
      'trying / core18_1,core18_2 / pc-kernel_1,-',
      [[next('kernel', 'pc-kernel_2'), REBOOT, 'try / core18_1,core18_2 / pc-kernel_1,pc-kernel_2']],
    ],
  ],
  'one-slot-leaves': [
    [
      'try / core18_1,core18_2 / pc-kernel_1,pc-kernel_2',
      [[next('kernel', 'pc-kernel_1'), STAYS, '- / core18_1,core18_2 / pc-kernel_1,-']],
    ],
    [
      'try / core18_1,core18_2 / pc-kernel_1,-',
      [[next('kernel', 'pc-kernel_3', true), REBOOT, '- / core18_1,core18_2 / pc-kernel_3,-']],
    ],
  ],
  'names-left-over': [
    [
      '- / core18_1,core18_2 / pc-kernel_1,-',
      [[next('kernel', 'pc-kernel_2'), REBOOT, 'try / core18_1,core18_2 / pc-kernel_1,pc-kernel_2']],
    ],
    ['- / core18_1,core18_2 / pc-kernel_1,-', [[next('base', 'core18_1'), STAYS]]],
  ],
  'gadget-slot': [
    [FRESH, [[next('gadget', 'pc_2'), TRIVIAL]]],
    [FRESH, [[next('gadget', 'pc_2', true), TRIVIAL]]],
    ['trying / core18_1,core18_2 / pc-kernel_1,-', [[next('gadget', 'pc_2'), TRIVIAL]]],
    ['try / core18_1,core18_2 / pc-kernel_1,-', [[next('gadget', 'pc_2', true), TRIVIAL]]],
  ],
  'armed-stays': [['try / core18_1,core18_2 / pc-kernel_1,-', [[mark, {}, 'try / core18_1,- / pc-kernel_1,-']]]],
  'trial-that-ran-is-kept': [
    [
      'trying / core18_1,core18_2 / pc-kernel_1,-',
      [
        [{ op: 'set_vars', vars: { snap_mode: 'try' } }, {}, 'try / core18_1,core18_2 / pc-kernel_1,-'],
        [mark, {}, 'try / core18_1,- / pc-kernel_1,-'],
      ],
    ],
  ],
  'strange-name-tried': [['trying / core18_1,odd! / pc-kernel_1,-', [[mark, {}, '- / odd!,- / pc-kernel_1,-']]]],
  'only-what-ran': [
    [
      'trying / core18_1,core18_2 / pc-kernel_1,-',
      [
        [
          { op: 'set_vars', vars: { snap_try_kernel: 'pc-kernel_2.snap' } },
          {},
          'trying / core18_1,core18_2 / pc-kernel_1,pc-kernel_2',
        ],
        [mark, {}, '- / core18_2,- / pc-kernel_2,-'],
      ],
    ],
    [
      '- / core18_1,core18_2 / pc-kernel_1,-',
      [
        [{ op: 'set_vars', vars: { snap_mode: 'trying' } }, {}, 'trying / core18_1,core18_2 / pc-kernel_1,-'],
        [mark, {}, '- / core18_2,- / pc-kernel_1,-'],
      ],
    ],
  ],
  'strange-mode': [
    ['bogus / core18_1,- / pc-kernel_1,-', [[power, boots('core18_1', 'pc-kernel_1')]]],
    ['bogus / core18_1,core18_2 / pc-kernel_1,-', [[mark, {}, 'bogus / core18_1,- / pc-kernel_1,-']]],
  ],
  'try-without-target': [
    [
      'try / core18_1,- / pc-kernel_1,-',
      [[power, boots('core18_1', 'pc-kernel_1'), 'trying / core18_1,- / pc-kernel_1,-']],
    ],
  ],
  'what-runs': [
    [
      FRESH,
      [
        [next('kernel', 'pc-kernel_2', true), REBOOT, '- / core18_1,- / pc-kernel_2,-'],
        [{ op: 'current_boot', type: 'kernel' }, { snap: 'pc-kernel_2.snap' }],
      ],
    ],
  ],
  'kept-longer': [
    [
      'try / core18_1,core18_2 / pc-kernel_1,-',
      [[{ op: 'in_use', type: 'kernel', snap: 'pc-kernel_7.snap' }, { in_use: false }]],
    ],
    [
      'trying / core18_1,core18_2 / pc-kernel_1,-',
      [
        [mark, {}, '- / core18_2,- / pc-kernel_1,-'],
        [{ op: 'in_use', type: 'base', snap: 'core18_1.snap' }, { in_use: false }],
      ],
    ],
  ],
  'strange-good-name': [
    ['- / core18_1,- / odd,-', [[{ op: 'in_use', type: 'kernel', snap: 'odd.snap' }, { error: 'bad name' }]]],
  ],
  'last-good-record': [
    [
      FRESH,
      [
        [{ op: 'set_vars', vars: { snap_kernel: '' } }, {}, '- / core18_1,- / -,-'],
        [power, { core: 'core18_1.snap', kernel: '' }],
      ],
    ],
  ],
};

t.test('every class of difference is met, by name', async (t) => {
  t.same(Object.keys(CLASSES).sort(), DIFFERENCES.map(({ name }) => name).sort(), 'and there is no other');
  for (const [name, histories] of Object.entries(CLASSES)) {
    for (const [initial, rows] of histories) {
      const { equal, intended, unmatched } = played(initial, rows);
      t.same({ equal, intended, unmatched }, { equal: rows.length - 1, intended: [name], unmatched: [] }, initial);
    }
  }
});

t.test('a step that snapd answers in another way than its class knows is unmatched', async (t) => {
  for (const [name, histories] of Object.entries(CLASSES)) {
    for (const [initial, rows] of histories) {
      const [op, result] = rows.at(-1) ?? [power, {}];
      const report = played(initial, [...rows.slice(0, -1), [op, result, 'other / core18_8,- / pc-kernel_8,-']]);
      t.equal(report.unmatched.length, 1, name);
    }
  }
});

t.test('a difference that nobody intends is unmatched, and is told in full', async (t) => {
  const [what] = played(FRESH, [[next('kernel', 'pc-kernel_2'), STAYS]]).unmatched;
  t.match(what, /step 1, \{"op":"set_next"/);
  t.match(what, /snapd: {2}.*"reboot":false/);
  t.match(what, /ours: {3}.*"reboot":true.*"snap_try_kernel":"pc-kernel_2\.snap"/);
  t.equal(played(FRESH, [[power, boots('core18_1', 'pc-kernel_7')]]).unmatched.length, 1);
  t.equal(
    played(FRESH, [[{ op: 'in_use', type: 'base', snap: 'core18_7.snap' }, { in_use: true }]]).unmatched.length,
    1,
  );
  t.equal(played(FRESH, [[{ op: 'current_boot', type: 'base' }, { snap: 'core18_7.snap' }]]).unmatched.length, 1);
  t.equal(
    played(FRESH, [[{ ...mark, crash_in: 'GetBootVars' }, { panic: 'cut' }, '- / core18_7,- / pc-kernel_1,-']])
      .unmatched.length,
    1,
  );
});

t.test('after a difference the history goes on from what snapd has', async (t) => {
  const report = played('try / core18_1,core18_2 / pc-kernel_1,-', [
    [mark, {}, 'try / core18_1,- / pc-kernel_1,-'],
    [power, boots('core18_1', 'pc-kernel_1'), 'trying / core18_1,- / pc-kernel_1,-'],
    [mark, {}, '- / core18_1,- / pc-kernel_1,-'],
  ]);
  t.same([report.equal, report.intended, report.unmatched], [1, ['armed-stays', 'try-without-target'], []]);
});

t.test('the folder of a corpus is read, each history with its answer', async (t) => {
  const corpus = t.testdir();
  const ops = [next('kernel', 'pc-kernel_2')];
  const after = env('try / core18_1,- / pc-kernel_1,pc-kernel_2');
  const steps = [
    { op: { op: 'initial' }, state: { vars: env(FRESH) } },
    { op: ops[0], result: { error: null, ...REBOOT }, state: { vars: after, set_boot_vars_calls: 1 } },
  ];
  const files = {
    'boot16/a.json': { bootloader: 'mock', vars: env(FRESH), ops },
    'answers-2.68.3/boot16/a.json': { result: { steps } },
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(corpus, path, '..'), { recursive: true });
    writeFileSync(join(corpus, path), JSON.stringify(content));
  }
  const reports: CaseReport[] = [];
  for await (const report of boot16.run(corpus)) reports.push(report);
  t.same(reports, [{ name: 'a.json', equal: 1, intended: [], unmatched: [], notBuilt: [] }]);
});
