/** The journal's values in plain words, one place for all who show them. Pure. */
import { SLOTS, type SlotNames } from '../../../bootloader/protocol/index.ts';
import type { BootRecord, EndKind, Reset, Stage } from './record.ts';

/** What each rule of the boot script means for what it chose. */
const rules: Readonly<Record<string, string>> = {
  default: 'the good set',
  try: 'the trial that was armed',
  'after-trial': 'the good set, as the trial before it was not confirmed',
  'not-started': 'the good set, as the trial could not be started',
  'not-saved': 'the good set, as it could not be saved that a trial starts',
  'unknown-status': 'the good set, as the boot environment said something unknown',
  record: 'the last-good record, as no copy of the boot environment could be read',
  'backup-script': 'the good set, as the boot script is damaged and its backup starts no trials',
  retry: 'the good set once more, as no set could be booted',
  previous: 'the set before the good one, as the good one could not be booted',
};

const copies: Readonly<Record<string, string>> = {
  a: 'copy A of the boot environment',
  b: 'copy B of the boot environment',
  record: 'the last-good record',
};

/** How a boot was chosen: the sentence of its rule, and where the script read it. */
export function chosenWords({ rule, copy }: Pick<BootRecord, 'rule' | 'copy'>): string {
  if (rule === '') return 'the boot script did not say';
  const said = Object.hasOwn(rules, rule) ? rules[rule] : `rule ${rule}`;
  return copy === '' ? `${said}` : `${said} (by ${Object.hasOwn(copies, copy) ? copies[copy] : copy})`;
}

const ends: Readonly<Record<EndKind, string>> = {
  running: 'runs',
  shutdown: 'was shut down in order',
  rejected: 'was rejected',
  deadline: 'had no verdict before its deadline',
  watchdog: 'was reset by the watchdog',
  panic: 'ended in a kernel panic',
  'power-cut': 'lost its power',
  failed: 'failed to start',
  died: 'ended without a word',
};

/** How a boot ended; completes "Boot 7". */
export function endWords(how: EndKind): string {
  return ends[how];
}

const resets: Readonly<Record<Reset, string>> = {
  warm: 'a reset',
  cold: 'the power had been off',
  watchdog: 'a reset by the watchdog',
  unknown: 'something that the boot script could not tell',
};

/** What came before the boot; completes "after". */
export function resetWords(reset: Reset): string {
  return resets[reset];
}

const stages: Readonly<Record<Stage, string>> = {
  script: 'boot script',
  initramfs: 'initial file system',
  mounted: 'mounted',
  switched: 'base started',
  systemd: 'systemd',
  daemon: 'agent',
  target: 'target reached',
  verdict: 'verdict',
  shutdown: 'shutdown',
};

export function stageWords(stage: Stage): string {
  return stages[stage];
}

/** `2026-08-01 12:00:03 UTC`; what is no time is said to be none. */
export function timeWords(time: string): string {
  const found = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})/.exec(time);
  return found === null ? 'its agent never ran' : `${found[1]} ${found[2]} UTC`;
}

/** `9.5 s`, `12 min`, `24 h`, `9 d` */
export function secondsWords(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** A line of a verdict without the words for who gave it, where those are said already. */
export function withoutPerson(line: string): string {
  return line.replace(/^(confirmed|rejected) by a person(: )?/, '');
}

/** The slots of `set` that `other` has not. */
export function difference(set: SlotNames, other: SlotNames): SlotNames {
  return Object.fromEntries(
    SLOTS.flatMap((slot) => (set[slot] === undefined || set[slot] === other[slot] ? [] : [[slot, set[slot]]])),
  );
}

/** `kernel k_x2.snap, base b_x2.snap` */
export function setWords(set: SlotNames): string {
  return SLOTS.flatMap((slot) => (set[slot] === undefined ? [] : [`${slot} ${set[slot]}`])).join(' and ');
}

/** Only the files. */
export function fileWords(set: SlotNames): string {
  return SLOTS.flatMap((slot) => set[slot] ?? []).join(' and ');
}
