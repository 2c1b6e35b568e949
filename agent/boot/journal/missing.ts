/** Boots that left something behind, but whose agent never ran to write them down. Pure. */
import { isEmpty, SLOTS, type SlotNames, sameSlots } from '../../../bootloader/protocol/index.ts';
import type { Panic } from './panic-text.ts';
import { type BootRecord, isStage, type StageMark } from './record.ts';
import type { BootStart } from './start.ts';

export interface MissingBoot {
  /** `fallen`: the good set, which could not be booted. */
  readonly kind: 'trial' | 'fallen' | 'panicked';
  readonly bootId: string;
  readonly set: SlotNames;
  readonly trial: boolean;
  readonly marks: readonly StageMark[];
}

/** Rules of the boot script that speak of a trial that was there right before. */
const afterTrial: ReadonlySet<string> = new Set(['after-trial', 'not-started']);
/** Rules under which an armed trial is not started. */
const refusing: ReadonlySet<string> = new Set(['not-saved', 'backup-script', 'record', 'previous', 'retry']);

/** The boots between the last that is known and this one, in order. */
export function missingBoots(
  records: readonly BootRecord[],
  start: BootStart,
  panics: readonly Panic[],
): readonly MissingBoot[] {
  const isKnown = (bootId: string) =>
    bootId === start.facts.bootId || records.some((record) => record.bootId === bootId);
  const last = records.at(-1);
  const trial = missingTrial(last, start, isKnown);
  const panicked = panics
    .filter(({ bootId }, index) => bootId !== '' && panics.findIndex((one) => one.bootId === bootId) === index)
    .filter(({ bootId }) => !isKnown(bootId))
    .map((panic): MissingBoot => ({ kind: 'panicked', ...who(panic), marks: [scriptMark] }));
  const same = panicked.find((boot) => trial !== undefined && isSame(boot, trial));
  const others = panicked.filter((boot) => boot !== same);
  const fallen = missingGood(last, start);
  const tried = trial === undefined ? [] : [{ ...trial, bootId: trial.bootId || (same?.bootId ?? '') }];
  const inOrder = afterTrial.has(start.facts.booted.rule) ? [...others, ...tried] : [...tried, ...others];
  return fallen === undefined ? inOrder : [...inOrder, fallen];
}

const scriptMark: StageMark = { stage: 'script', uptimeSeconds: 0 };

/**
 * A trial that is over, that is not written down in the environment yet, and that no record tells of. What the environment
 * does not name any more was dealt with by an agent: its trace stays until the next trial, and says nothing new.
 */
function missingTrial(
  last: BootRecord | undefined,
  { facts, state, trace }: BootStart,
  isKnown: (bootId: string) => boolean,
): MissingBoot | undefined {
  const { trial: isTrial, rule } = facts.booted;
  const isOver = !isEmpty(state.trying) && (state.mode !== 'try' || refusing.has(rule));
  if (isTrial || !isOver) return undefined;
  const said = trace?.trial === true && covers(trace.set, state.trying) ? trace : undefined;
  if (said === undefined || said.bootId === '') {
    const isLast = last?.trial === true && covers(last.set, state.trying);
    const wasSeen = last !== undefined && afterTrial.has(last.rule) && !afterTrial.has(rule);
    if (isLast || wasSeen) return undefined;
  } else if (isKnown(said.bootId)) return undefined;
  const isStarted = rule !== 'not-started' && state.mode !== 'try';
  const marks: StageMark[] = isStarted ? [scriptMark] : [];
  if (said !== undefined && isStage(said.stage)) {
    marks.push({ stage: said.stage, uptimeSeconds: said.uptimeSeconds ?? 0 });
  }
  const set = said?.set ?? { ...state.good, ...state.trying };
  return { kind: 'trial', bootId: said?.bootId ?? '', set, trial: true, marks };
}

/** The good set, where the one before it was booted because it could not be. */
function missingGood(last: BootRecord | undefined, { facts, state }: BootStart): MissingBoot | undefined {
  const { rule, ran } = facts.booted;
  if (rule !== 'previous' || last?.rule === 'previous' || sameSlots(state.good, ran)) return undefined;
  if (last?.end.cause?.code === 'good-set-failed') return undefined;
  return { kind: 'fallen', bootId: '', set: state.good, trial: false, marks: [scriptMark] };
}

function isSame(boot: MissingBoot, trial: MissingBoot): boolean {
  return boot.bootId === trial.bootId || (trial.bootId === '' && boot.trial && covers(boot.set, trial.set));
}

function who({ bootId, set, trial }: Panic) {
  return { bootId, set, trial };
}

/** True where `set` names all that was tried. */
export function covers(set: SlotNames, tried: SlotNames): boolean {
  return SLOTS.every((slot) => tried[slot] === undefined || tried[slot] === set[slot]);
}
