import t from 'tap';
import {
  type BootState,
  parseCommandLine,
  placeBytes,
  readBootState,
  type Vars,
} from '../../bootloader/protocol/index.ts';
import { phaseOf } from '../boot/phase.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { type Decision, decide, type Situation } from './decide.ts';

const good = { snap_kernel: 'k_x1.snap', snap_core: 'b_x1.snap', snap_prev: 'k_x0.snap b_x1.snap' };

function stateOf(vars: Vars, cause?: string): BootState {
  const copy = placeBytes({ ...good, ...vars });
  return readBootState({
    'env-a': copy,
    'env-b': copy,
    good: placeBytes(good),
    mark: cause === undefined ? undefined : placeBytes({ snap_try_cause: cause }),
  });
}

const unreadable = readBootState({ 'env-a': undefined, 'env-b': undefined, good: undefined, mark: undefined });

const entryOf = (more: Partial<TrialEntry> = {}): TrialEntry => ({
  id: 1,
  what: undefined,
  tried: { kernel: 'k_x2.snap' },
  good: { kernel: 'k_x1.snap', base: 'b_x1.snap' },
  change: 1,
  stagedBoot: 'boot-1',
  stagedTime: '',
  reboots: 1,
  rebootBoot: undefined,
  trialBoot: undefined,
  trialTime: undefined,
  endTime: undefined,
  cause: undefined,
  baseline: undefined,
  ...more,
});

interface Case {
  readonly what: string;
  readonly decision: Decision['kind'];
  readonly vars?: Vars;
  readonly cause?: string;
  /** Words of the command line. */
  readonly booted?: string;
  readonly entry?: Partial<TrialEntry>;
  readonly none?: true;
  readonly bootId?: string;
  readonly more?: Partial<Situation>;
}

const trial = 'snap_kernel=k_x2.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1';
const tried = { snap_try_kernel: 'k_x2.snap' };
const shutDown = { interrupted: true, cause: 'interrupted' } as const;
const after = 'snap_kernel=k_x1.snap snap_core=b_x1.snap holdfast.rule=after-trial';

/** What the trial ended of, with so many starts left. */
const again: readonly (readonly [what: string, Decision['kind'], left: string, Partial<Situation>])[] = [
  ['the power was cut during the trial', 'again', '2', { cause: 'power-cut' }],
  ['the power was cut, the last start is left', 'again', '1', { cause: 'power-cut' }],
  ['the power was cut at the last start', 'reverted', '0', { cause: 'unexplained' }],
  ['the power was cut at the last start, by that name', 'reverted', '0', { cause: 'power-cut' }],
  ['the power was cut, starts are not counted', 'reverted', '2', { cause: 'power-cut', countsAttempts: false }],
  ['shut down, starts are not counted', 'reverted', '2', { ...shutDown, countsAttempts: false }],
  ['the word of a shutdown is of an earlier start', 'reverted', '2', { ...shutDown, interrupted: false }],
  ['it panicked', 'reverted', '2', { cause: 'panic' }],
  ['it panicked while it was shut down', 'reverted', '2', { cause: 'panic', interrupted: true }],
  ['it hung', 'reverted', '2', { cause: 'hang' }],
  ['it hung before the initramfs', 'reverted', '2', { cause: 'hang-before-initramfs' }],
  ['it was found bad', 'reverted', '2', { cause: 'verdict' }],
  ['a person rejected it', 'reverted', '2', { cause: 'rejected' }],
  ['it died before its initramfs', 'reverted', '2', { cause: 'died-before-initramfs' }],
  ['the deadline came', 'reverted', '2', { cause: 'deadline' }],
];

const cases: readonly Case[] = [
  { what: 'first boot of a new device', decision: 'rest', none: true },
  { what: 'a trial runs', decision: 'judge', vars: { ...tried, snap_mode: 'trying' }, booted: trial },
  {
    what: 'a trial runs, the database is lost',
    decision: 'judge',
    vars: { ...tried, snap_mode: 'trying' },
    booted: trial,
    none: true,
  },
  { what: 'armed in this boot, the daemon was restarted', decision: 'reboot', vars: { ...tried, snap_mode: 'try' } },
  {
    what: 'armed, the power was cut before the reboot was asked for',
    decision: 'reboot',
    vars: { ...tried, snap_mode: 'try' },
    entry: { reboots: 0 },
  },
  { what: 'armed, the database is lost', decision: 'reboot', vars: { ...tried, snap_mode: 'try' }, none: true },
  {
    what: 'armed, three reboots did not start it',
    decision: 'reverted',
    vars: { ...tried, snap_mode: 'try' },
    entry: { reboots: 3 },
  },
  {
    what: 'armed, three boots did not start it, and this one asked already',
    decision: 'reboot',
    vars: { ...tried, snap_mode: 'try' },
    entry: { reboots: 3 },
    more: { askedInThisBoot: true },
  },
  {
    what: 'armed in the boot of the trial before it',
    decision: 'reboot',
    vars: { ...tried, snap_kernel: 'k_x3.snap', snap_mode: 'try' },
    booted: 'snap_kernel=k_x3.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1',
  },
  {
    what: 'armed in the boot of the trial before it, the database is lost',
    decision: 'reboot',
    vars: { ...tried, snap_kernel: 'k_x3.snap', snap_mode: 'try' },
    booted: 'snap_kernel=k_x3.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1',
    none: true,
  },
  {
    what: 'the boot of a trial that was kept opens the next one, the daemon was restarted before it was armed',
    decision: 'rest',
    vars: { snap_kernel: 'k_x3.snap' },
    booted: 'snap_kernel=k_x3.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1',
    more: { wasArmed: false, isNext: true },
  },
  {
    what: 'the same, and it was cancelled',
    decision: 'settle',
    vars: { snap_kernel: 'k_x3.snap' },
    booted: 'snap_kernel=k_x3.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1',
    entry: { what: 'cancelled' },
    more: { isNext: true },
  },
  {
    what: 'the boot of a trial that was given up opens the next one: that does not keep it',
    decision: 'leave',
    booted: 'snap_kernel=k_x3.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1',
    more: { wasArmed: false, isNext: true },
  },
  {
    what: 'a trial runs whose start is in no copy any more',
    decision: 'judge',
    vars: { ...tried, snap_mode: 'try' },
    booted: trial,
    bootId: 'boot-2',
  },
  { what: 'the trial was given up, and this is still its boot', decision: 'leave', booted: trial },
  {
    what: 'the trial was given up, and this is still its boot, the database is lost',
    decision: 'leave',
    booted: trial,
    none: true,
  },
  {
    what: 'given up, and the mounts say that something else runs',
    decision: 'leave',
    booted: trial,
    more: { ran: { base: 'b_x1.snap' } },
  },
  {
    what: 'the trial runs, the environment cannot be read',
    decision: 'leave',
    booted: trial,
    more: { state: unreadable },
  },
  { what: 'the environment cannot be read', decision: 'rest', booted: after, more: { state: unreadable } },
  {
    what: 'the script could not save',
    decision: 'reverted',
    vars: { ...tried, snap_mode: 'try' },
    booted: 'holdfast.rule=not-saved',
    bootId: 'boot-2',
  },
  {
    what: 'the boot script is damaged',
    decision: 'reverted',
    vars: { ...tried, snap_mode: 'try' },
    booted: 'holdfast.rule=backup-script',
    bootId: 'boot-2',
  },
  {
    what: 'the kernel is missing',
    decision: 'reverted',
    vars: tried,
    cause: 'missing-kernel',
    booted: 'holdfast.rule=not-started',
  },
  { what: 'the trial died', decision: 'reverted', vars: tried, booted: after },
  { what: 'the trial died, the database is lost', decision: 'reverted', vars: tried, booted: after, none: true },
  {
    what: 'the trial died, that was written down before a cut',
    decision: 'settle',
    vars: tried,
    booted: after,
    entry: { what: 'reverted' },
  },
  { what: 'the trial died, the agent cleared it before the reboot', decision: 'reverted', booted: after },
  {
    what: 'the trial was shut down',
    decision: 'again',
    vars: { ...tried, snap_try_left: '2' },
    booted: after,
    more: shutDown,
  },
  {
    what: 'the trial was shut down for the last time',
    decision: 'reverted',
    vars: { ...tried, snap_try_left: '0' },
    booted: after,
    more: shutDown,
  },
  {
    what: 'shut down, and decided already',
    decision: 'settle',
    vars: { ...tried, snap_try_left: '2' },
    booted: after,
    more: shutDown,
    entry: { what: 'reverted' },
  },
  ...again.map(([what, decision, left, more]) => ({
    ...{ what, decision, booted: after, more },
    vars: { ...tried, snap_try_left: left },
  })),
  {
    what: 'the power was cut, and the boot script could not write down that the trial is over',
    decision: 'reverted',
    vars: { ...tried, snap_mode: 'trying', snap_try_left: '2' },
    booted: after,
    more: { cause: 'power-cut' },
  },
  {
    what: 'the power was cut, the database is lost',
    decision: 'reverted',
    vars: { ...tried, snap_try_left: '2' },
    booted: after,
    more: { cause: 'power-cut' },
    none: true,
  },
  {
    what: 'the power was cut, that was written down before a cut',
    decision: 'settle',
    vars: { ...tried, snap_try_left: '2' },
    booted: after,
    more: { cause: 'power-cut' },
    entry: { what: 'reverted' },
  },
  {
    what: 'confirmed, cut before it was written down, same boot',
    decision: 'confirmed',
    vars: { snap_kernel: 'k_x2.snap' },
    booted: trial,
  },
  {
    what: 'confirmed, cut before it was written down, next boot',
    decision: 'confirmed',
    vars: { snap_kernel: 'k_x2.snap' },
    booted: 'holdfast.rule=default',
  },
  {
    what: 'confirmed and written down, the daemon was restarted',
    decision: 'rest',
    vars: { snap_kernel: 'k_x2.snap' },
    booted: trial,
    none: true,
  },
  {
    what: 'confirmed and written down, not settled',
    decision: 'settle',
    vars: { snap_kernel: 'k_x2.snap' },
    booted: trial,
    entry: { what: 'confirmed' },
  },
  { what: 'cut between the log and the environment', decision: 'rest', more: { wasArmed: false } },
  { what: 'the previous set was booted', decision: 'fell-back', booted: 'holdfast.rule=previous', none: true },
];

t.test('a start-up decides by the environment first', (t) => {
  for (const { what, decision, vars = {}, cause, booted = '', entry, none, bootId = 'boot-1', more } of cases) {
    const state = stateOf(vars, cause);
    const facts = parseCommandLine(booted);
    const known = none ? undefined : entryOf(entry);
    const phase = phaseOf(state, { booted: facts, bootId }, known);
    const { ran, rule, trial: wasTrial } = facts;
    const usual = {
      ...{
        wasArmed: true,
        isNext: false,
        askedInThisBoot: false,
        interrupted: false,
        cause: undefined,
        countsAttempts: true,
      },
    };
    const situation = { phase, state, wasTrial, ran, rule, entry: known, ...usual, ...more };
    t.equal(decide(situation).kind, decision, `${what} (${phase})`);
  }
  t.end();
});
