/** Small parts of the protocol: generations, the command line, and where a trial stands. */
import t from 'tap';
import { parseCommandLine } from './cmdline.ts';
import { readVars } from './exchange.ts';
import { isBNewer, nextGeneration } from './generation.ts';
import { trialPhase } from './phase.ts';
import { placeBytes } from './plan.ts';
import { readBootState } from './state.ts';
import type { Medium, Vars } from './types.ts';

t.test('generations go 0, 1, 2, 0, and the one that follows is the newer', async (t) => {
  t.same(['0', '1', '2', '3', '', undefined].map(nextGeneration), ['1', '2', '0', '0', '0', '0']);
  const newer: readonly [string | undefined, string | undefined, boolean][] = [
    ['0', '1', true],
    ['1', '2', true],
    ['2', '0', true],
    ['1', '0', false],
    ['2', '1', false],
    ['0', '2', false],
    ['0', '0', false],
    [undefined, '0', true],
    ['0', undefined, false],
    [undefined, undefined, false],
  ];
  for (const [a, b, expected] of newer) t.equal(isBNewer(a, b), expected, `${a} and ${b}`);
});

t.test('the command line says what ran, by which rule, and what the script can do', async (t) => {
  const booted = parseCommandLine(
    'console=ttyAMA0 snap_core=b_2.snap snap_kernel=k_1.snap snap_gadget= holdfast.script=dual,good holdfast.rule=try holdfast.copy=b holdfast.trial=1 holdfast.deadline=90 holdfast.settle=5 holdfast.patience=10\n',
  );
  t.same(booted, {
    ran: { base: 'b_2.snap', kernel: 'k_1.snap' },
    rule: 'try',
    copy: 'b',
    trial: true,
    abilities: new Set(['dual', 'good']),
    deadlineSeconds: 90,
    settleSeconds: 5,
    patienceSeconds: 10,
  });
  const foreign = parseCommandLine('root=LABEL=writable snap_core=b_2.snap snap_kernel=k_1.snap panic=-1');
  t.same(
    [foreign.rule, foreign.trial, foreign.abilities.size],
    ['', false, 0],
    'a script that is not ours announces nothing',
  );
  t.same(
    parseCommandLine('holdfast.settle=-1 holdfast.deadline=1e9 =x  novalue'),
    parseCommandLine(''),
    'what is no number of seconds is not taken',
  );
  t.same(
    parseCommandLine('snap_kernel=a_1.snap snap_kernel=a_2.snap').ran,
    { kernel: 'a_2.snap' },
    'the last one counts',
  );
  const resets = ['holdfast.reset=warm', 'holdfast.reset=cold', 'holdfast.reset=odd', 'holdfast.reset=', ''];
  t.same(
    resets.map((text) => parseCommandLine(text).reset),
    ['warm', 'cold', undefined, undefined, undefined],
  );
});

t.test('damaged, short and foreign places are no copies, whatever their bytes', async (t) => {
  const good = placeBytes({ snap_kernel: 'k_1.snap', snap_core: 'b_1.snap' });
  for (const bytes of [
    undefined,
    new Uint8Array(0),
    new Uint8Array(4096),
    good.subarray(0, 4095),
    Buffer.concat([good, good]),
  ]) {
    t.equal(readVars(bytes), undefined);
  }
  for (let i = 0; i < 200; i++) {
    const flipped = Buffer.from(good);
    flipped[i * 20] = (flipped[i * 20] ?? 0) ^ (1 << (i % 8));
    t.equal(readVars(flipped), undefined, `a flipped bit at ${i * 20}`);
  }
});

t.test('a trial is armed, running, proven, failed or refused', async (t) => {
  const vars = (mode: string, names: Vars = { snap_try_kernel: 'k_2.snap' }): Vars => ({
    snap_kernel: 'k_1.snap',
    snap_core: 'b_1.snap',
    snap_mode: mode,
    ...names,
  });
  const rows: readonly [
    title: string,
    vars: Vars,
    cause: string,
    cmdline: string,
    staged: boolean,
    expected: string,
  ][] = [
    ['nothing', vars('', {}), '', 'holdfast.rule=default', false, 'none'],
    ['staged now', vars('try'), '', 'holdfast.rule=default', true, 'armed'],
    ['staged, after a restart of the daemon', vars('try'), '', 'holdfast.rule=default', false, 'armed'],
    ['staged now, on a boot by the backup script', vars('try'), '', 'holdfast.rule=backup-script', true, 'armed'],
    ['the backup script left it alone', vars('try'), '', 'holdfast.rule=backup-script', false, 'refused'],
    ['the medium could not be written', vars('try'), '', 'holdfast.rule=not-saved', false, 'refused'],
    ['try without a target', vars('try', {}), '', 'holdfast.rule=default', false, 'none'],
    ['this boot is it', vars('trying'), '', 'holdfast.trial=1', false, 'running'],
    ['this boot is it, the write of the script was lost', vars('try'), '', 'holdfast.trial=1', false, 'running'],
    ['confirmed in this boot', vars('', {}), '', 'holdfast.trial=1', false, 'proven'],
    ['another set booted after it', vars(''), '', 'holdfast.rule=after-trial', false, 'failed'],
    [
      'another set booted after it, nothing could be saved',
      vars('trying'),
      '',
      'holdfast.rule=after-trial',
      false,
      'failed',
    ],
    ['it could not be loaded', vars(''), 'load-failed', 'holdfast.rule=after-trial', false, 'failed'],
    ['its kernel was missing', vars(''), 'missing-kernel', 'holdfast.rule=not-started', false, 'refused'],
    ['no attempt was left', vars(''), 'no-attempts', 'holdfast.rule=not-started', false, 'refused'],
  ];
  for (const [title, content, cause, cmdline, staged, expected] of rows) {
    const bytes = placeBytes(content);
    const medium: Medium = {
      'env-a': bytes,
      'env-b': bytes,
      good: undefined,
      mark: placeBytes({ snap_try_cause: cause }),
    };
    t.equal(trialPhase(readBootState(medium), parseCommandLine(cmdline), staged), expected, title);
  }
});
