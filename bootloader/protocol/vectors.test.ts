/** snapd's own answers for the env protocol (`boot-vectors.md` A, B, R), and where ours differ, the hole that is closed. */
import t from 'tap';
import { parseCommandLine } from './cmdline.ts';
import { keepRevisions } from './keep.ts';
import { type BootDevice, participates } from './participants.ts';
import { trialPhase } from './phase.ts';
import { placeBytes } from './plan.ts';
import { runScript, type ScriptWorld } from './script.ts';
import { readBootState } from './state.ts';
import { confirmVars, endedTrial, stageVars } from './transitions.ts';
import type { Medium, SlotNames, Vars } from './types.ts';
import { overlay, slotsOf } from './variables.ts';

/** `mode / core,try_core / kernel,try_kernel`, "-" for unset. */
function env(text: string): Vars {
  const [mode = '', core = '', kernel = ''] = text.split(' / ').map((part) => part.trim());
  const [good_core, try_core] = core.split(',');
  const [good_kernel, try_kernel] = kernel.split(',');
  const file = (name: string | undefined): string => (name === undefined || name === '-' ? '' : `${name}.snap`);
  const all = {
    snap_mode: mode === '-' ? '' : mode,
    snap_core: file(good_core),
    snap_try_core: file(try_core),
    snap_kernel: file(good_kernel),
    snap_try_kernel: file(try_kernel),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** The variables that snapd knows. */
function snapdVars(vars: Vars): Vars {
  const known = ['snap_mode', 'snap_core', 'snap_try_core', 'snap_kernel', 'snap_try_kernel'];
  return Object.fromEntries(Object.entries(vars).filter(([name]) => known.includes(name)));
}

/** What a script that attempted the trial ran. */
function ranTrial(vars: Vars): SlotNames {
  return overlay(slotsOf(vars, 'good'), slotsOf(vars, 'try'));
}

t.test('set-next changes the variables as snapd does', async (t) => {
  const rows: readonly [id: string, initial: string, changes: SlotNames, withoutTry: boolean, expected: string][] = [
    ['A1', '- / -,- / -,-', { base: 'core_100.snap' }, false, 'try / -,core_100 / -,-'],
    ['A2', '- / -,- / -,-', { base: 'core18_1818.snap' }, false, 'try / -,core18_1818 / -,-'],
    ['A3', '- / -,- / -,-', { kernel: 'krnl_42.snap' }, false, 'try / -,- / -,krnl_42'],
    ['A4', 'try / -,- / krnl_42,krnl_42', { kernel: 'krnl_42.snap' }, false, '- / -,- / krnl_42,-'],
    ['A5', '- / -,- / krnl_40,-', { kernel: 'krnl_40.snap' }, false, '- / -,- / krnl_40,-'],
    ['A6', 'try / -,- / krnl_40,krnl_99', { kernel: 'krnl_40.snap' }, false, '- / -,- / krnl_40,-'],
    ['A7', '- / -,- / -,-', { base: 'core_100.snap' }, true, '- / core_100,- / -,-'],
    ['A8', '- / -,- / -,-', { base: 'core18_1818.snap' }, true, '- / core18_1818,- / -,-'],
    ['A9', '- / -,- / -,-', { kernel: 'krnl_42.snap' }, true, '- / -,- / krnl_42,-'],
    [
      'R12',
      '- / core18_2,- / pc-kernel_123,-',
      { kernel: 'pc-kernel_x1.snap' },
      false,
      'try / core18_2,- / pc-kernel_123,pc-kernel_x1',
    ],
    [
      'R14',
      '- / core18_2,- / pc-kernel_x1,-',
      { kernel: 'pc-kernel_123.snap' },
      true,
      '- / core18_2,- / pc-kernel_123,-',
    ],
  ];
  for (const [id, initial, changes, withoutTry, expected] of rows) {
    t.same(snapdVars(stageVars(env(initial), changes, { withoutTry })), env(expected), id);
  }
});

t.test('set-next differs from snapd where one slot would de-arm another (boot.md §3.3)', async (t) => {
  const first = stageVars(env('- / core18_1,- / krnl_1,-'), { kernel: 'krnl_2.snap' });
  const second = stageVars(first, { base: 'core18_1.snap' });
  t.same(snapdVars(second), env('try / core18_1,- / krnl_1,krnl_2'), 'A15: the kernel trial stays armed');
  const both = stageVars(first, { base: 'core18_9.snap' });
  t.same(
    snapdVars(stageVars(both, { base: 'core18_1.snap' })),
    env('try / core18_1,- / krnl_1,krnl_2'),
    'one of two goes, the other stays',
  );
  t.same(
    snapdVars(stageVars(env('- / core18_1,core18_7 / krnl_1,-'), { kernel: 'krnl_2.snap' })),
    env('try / core18_1,- / krnl_1,krnl_2'),
    'what is left of a trial that is over is not armed again',
  );
  t.throws(
    () => stageVars(env('trying / b_1,- / k_1,k_2'), { base: 'b_2.snap' }),
    { code: 'trial-open' },
    'nothing is staged into a running trial',
  );
});

t.test('mark-successful changes the variables as snapd does', async (t) => {
  const rows: readonly [id: string, initial: string, expected: string][] = [
    ['A10', 'trying / -,os1 / -,k1', '- / os1,- / k1,-'],
    ['A11', 'trying / os1,- / k1,k2', '- / os1,- / k2,-'],
    ['A12', 'trying / os1,os2 / k1,-', '- / os2,- / k1,-'],
    ['A13', 'trying / -,- / kernel_41,-', '- / -,- / kernel_41,-'],
    ['A14', '- / -,- / kernel_41,kernel_42', '- / -,- / kernel_41,-'],
    ['R1', 'trying / -,core_1 / -,-', '- / core_1,- / -,-'],
  ];
  for (const [id, initial, expected] of rows) {
    const once = confirmVars(env(initial), ranTrial(env(initial)));
    t.same(snapdVars(once), env(expected), id);
    t.same(confirmVars(once, ranTrial(once)), once, `${id}, again`);
  }
});

t.test('mark-successful differs from snapd where a restart of the daemon would cancel an armed trial', async (t) => {
  const armed = env('try / core18_1,core18_9 / krnl_1,krnl_2');
  t.same(confirmVars(armed, slotsOf(armed, 'good')), armed, 'A16: both stay armed');
});

t.test('mark-successful takes the word of the command line, not of the environment (boot.md §6.4)', async (t) => {
  const trying = env('trying / b_1,b_2 / k_1,k_2');
  t.same(
    snapdVars(confirmVars(trying, { kernel: 'k_2.snap', base: 'b_1.snap' })),
    env('- / b_1,- / k_2,-'),
    'only what ran is kept',
  );
  t.same(
    snapdVars(confirmVars(trying, { kernel: 'k_1.snap', base: 'b_1.snap' })),
    env('- / b_1,- / k_1,-'),
    'nothing ran: nothing is kept',
  );
  const lost = confirmVars(env('try / b_1,- / k_1,k_2'), { kernel: 'k_2.snap', base: 'b_1.snap' });
  t.same(snapdVars(lost), env('- / b_1,- / k_2,-'), 'the write of the script was lost, the trial ran: kept');
  t.equal(lost['snap_prev'], 'k_1.snap b_1.snap', 'and the set before is kept as the previous one');
});

const ALL_WELL: ScriptWorld = { has: () => true, starts: () => true, saves: () => true, script: 'main' };

function medium(vars: Vars): Medium {
  const bytes = placeBytes(vars);
  return { 'env-a': bytes, 'env-b': bytes, good: placeBytes({}), mark: placeBytes({}) };
}

t.test('a boot script moves the mode as those of snapd gadgets do', async (t) => {
  const rows: readonly [id: string, initial: string, saved: string | undefined, boots: SlotNames][] = [
    [
      'A24',
      'try / core_1,core_2 / k_1,k_2',
      'trying / core_1,core_2 / k_1,k_2',
      { base: 'core_2.snap', kernel: 'k_2.snap' },
    ],
    ['A25', 'try / core_1,- / k_1,k_2', 'trying / core_1,- / k_1,k_2', { base: 'core_1.snap', kernel: 'k_2.snap' }],
    [
      'A26',
      'trying / core_1,core_2 / k_1,k_2',
      '- / core_1,core_2 / k_1,k_2',
      { base: 'core_1.snap', kernel: 'k_1.snap' },
    ],
    ['A27', '- / core_1,core_2 / k_1,k_2', undefined, { base: 'core_1.snap', kernel: 'k_1.snap' }],
  ];
  for (const [id, initial, saved, boots] of rows) {
    const run = runScript(medium(env(initial)), ALL_WELL);
    t.same(run.starts.at(-1)?.set, boots, `${id}: what boots`);
    const bytes = run.writes.find((write) => write.place !== 'mark')?.bytes;
    const vars =
      bytes === undefined
        ? undefined
        : readBootState({ 'env-a': bytes, 'env-b': undefined, good: undefined, mark: undefined }).vars;
    t.same(vars && snapdVars(vars), saved === undefined ? undefined : env(saved), `${id}: what is saved`);
  }
});

t.test('current boot and in-use are read from the environment', async (t) => {
  t.same(
    slotsOf(env('- / core_2,- / canonical-pc-linux_2,-'), 'good'),
    { base: 'core_2.snap', kernel: 'canonical-pc-linux_2.snap' },
    'A17',
  );
  t.same(readBootState(medium({})).source, 'none', 'A18: an empty environment names nothing that booted');
  const used = keepRevisions(medium(env('- / core_21,core_42 / kernel_41,kernel_82')));
  t.same([...used].sort(), ['core_21.snap', 'core_42.snap', 'kernel_41.snap', 'kernel_82.snap'], 'A20');
  t.notOk(used.has('kernel_1.snap') || used.has('core_2.snap'), 'A21: names are compared, not parts of them');
});

t.test('participants of a boot are those of snapd', async (t) => {
  const device = (changes: Partial<BootDevice>): BootDevice => ({
    kind: 'core',
    graded: false,
    mode: 'run',
    ...changes,
  });
  const modes = device({ kind: 'classic-with-modes', graded: true });
  const rows: readonly [id: string, type: string, name: string, device: BootDevice, expected: boolean][] = [
    ['B1', 'kernel', 'k', device({ kind: 'classic' }), false],
    ['B1', 'base', 'b', device({ kind: 'classic' }), false],
    ['B2', 'kernel', 'k', device({}), true],
    ['B2', 'os', 'core', device({}), true],
    ['B2', 'base', 'core20', device({ graded: true }), true],
    ['B3', 'kernel', 'k', modes, true],
    ['B3', 'base', 'b', modes, false],
    ['B4', 'os', 'core', device({ base: 'core' }), true],
    ['B4', 'base', 'core18', device({ base: 'core' }), false],
    ['B5', 'os', 'core', device({ base: 'core18' }), false],
    ['B5', 'base', 'core18', device({ base: 'core18' }), true],
    ['B6', 'base', 'core18', device({ base: 'core18', mode: 'install' }), false],
    ['B7', 'gadget', 'pc', device({ gadget: 'pc' }), false],
    ['B8', 'gadget', 'pc', device({ gadget: 'pc', graded: true }), true],
    ['B8', 'gadget', 'other', device({ gadget: 'pc', graded: true }), false],
    ['B9', 'kernel', 'kernel', device({ kernel: 'kernel' }), true],
    ['B9', 'kernel', 'other-kernel', device({ kernel: 'kernel' }), false],
    ['B9', 'kernel', 'kernel', device({ kernel: 'kernel', mode: 'install' }), false],
    ['B10', 'app', 'a', modes, false],
    ['B10', 'gadget', 'g', modes, false],
  ];
  for (const [id, type, name, of, expected] of rows)
    t.equal(participates({ type, name }, of), expected, `${id} ${type} ${name}`);
  t.ok(
    participates({ type: 'gadget', name: 'pc' }, device({ gadget: 'pc' }), new Set(['gadget'])),
    'B7 differs where the running script announced the gadget slot: it can try and take back a gadget too',
  );
});

t.test('after a reboot the finish of an install is decided as snapd decides it', async (t) => {
  const phase = (vars: Vars, cmdline: string, staged = false): string =>
    trialPhase(readBootState(medium(vars)), parseCommandLine(cmdline), staged);
  const tried = 'snap_core=core_2.snap snap_kernel=k_1.snap holdfast.trial=1';
  const good = 'snap_core=core_1.snap snap_kernel=k_1.snap';
  t.equal(phase(env('try / core_1,core_2 / k_1,-'), good, true), 'armed', 'R6: not restarted yet: wait');
  t.equal(phase(env('trying / core_1,core_2 / k_1,-'), tried), 'running', 'R6: trying: not ready');
  t.equal(phase(env('- / core_2,- / k_1,-'), tried), 'proven', 'R6: the new one is good: done');
  t.equal(
    phase(env('- / core_1,core_2 / k_1,-'), good),
    'failed',
    'R6, R13: the old one booted: there was a rollback across reboot',
  );
  t.equal(
    phase(env('trying / core_1,core_2 / k_1,-'), good),
    'failed',
    'a script that could not save: still a rollback',
  );
  t.same(
    snapdVars(endedTrial(env('- / core_99,core_x1 / k_1,-'))),
    env('- / core_99,- / k_1,-'),
    'R13: what the rollback leaves',
  );
});
