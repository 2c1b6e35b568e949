/** From what a start-up has read to what it decides on. Pure: the reading is start.ts's and finish.ts's work. */
import { type BootState, DEFAULT_ATTEMPTS, type SlotNames, type TrialPhase } from '../../bootloader/protocol/index.ts';
import { isRightAfterTrial, resetOfTrial, wordOfTrial } from '../boot/attempts.ts';
import type { Cause, CauseCode, Evidence, PanicText } from '../boot/cause.ts';
import type { Trace, VerdictRecord } from '../boot/evidence.ts';
import type { BootFacts } from '../boot/facts.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import type { Situation } from './decide.ts';

export type SeenFacts = Pick<BootFacts, 'bootId' | 'booted' | 'watchdogReset'>;

/** What was read for a decision. */
export interface Seen {
  readonly phase: TrialPhase;
  readonly state: BootState;
  readonly facts: SeenFacts;
  readonly entry: TrialEntry | undefined;
  /** The entry's change got as far as writing the environment. */
  readonly wasArmed: boolean;
  /** As it stands in its place, of whichever start of the trial. */
  readonly verdict: VerdictRecord | undefined;
  /** What the trial ended of; `undefined` where none has failed. */
  readonly cause: CauseCode | undefined;
}

/** What `decide` is asked about. */
export function situationOf({ phase, state, facts, entry, wasArmed, verdict: word, cause }: Seen): Situation {
  const { bootId, booted, watchdogReset } = facts;
  const verdict = wordOfTrial(word, state.attemptsLeft);
  const isHung = watchdogReset && isRightAfterTrial(booted.rule, state.mode);
  const interrupted = verdict?.kind === 'interrupted' && verdict.bootId === entry?.trialBoot && !isHung;
  return {
    phase,
    state,
    wasTrial: booted.trial,
    ran: booted.ran,
    rule: booted.rule,
    entry,
    // What ran was armed, even where a cut came before its change wrote that down, or while it was being taken back.
    wasArmed: wasArmed || entry?.trialBoot !== undefined,
    isNext: entry?.stagedBoot === bootId,
    askedInThisBoot: entry?.rebootBoot === bootId,
    // Without any word it was seen right now that it was shut down: that is its latest start's.
    interrupted: interrupted || (cause === 'interrupted' && verdict === undefined),
    cause,
    countsAttempts: booted.abilities.has('attempts'),
  };
}

/** What the trial of `tried` left behind. */
export interface Traces {
  readonly tried: SlotNames;
  readonly state: BootState;
  readonly facts: SeenFacts & Pick<BootFacts, 'initramfs'>;
  readonly trace: Trace | undefined;
  /** A boot that the journal knows came between the one that left it and this one. */
  readonly isTraceOld: boolean;
  /** How many starts of the trial the journal has. */
  readonly starts: number;
  /** As it stands in its place, of whichever start of the trial. */
  readonly verdict: VerdictRecord | undefined;
  readonly panic: PanicText | undefined;
}

/** What `causeOf` concludes from. */
export function evidenceOf({ tried, state, facts, trace, isTraceOld, starts, verdict, panic }: Traces): Evidence {
  const { booted, watchdogReset, initramfs } = facts;
  // Where the agent died while it armed the trial again, the start before has left its trace, and this one may have left none.
  const isOfEarlierStart = isTraceOld && starts < startsSoFar(state);
  const isRightAfter = isRightAfterTrial(booted.rule, state.mode);
  return {
    tried,
    started: state.mode !== 'try',
    scriptCause: state.cause,
    rule: booted.rule,
    trace: isOfEarlierStart ? undefined : trace,
    verdict: wordOfTrial(verdict, state.attemptsLeft),
    watchdogReset: watchdogReset && isRightAfter,
    isCleanlyLeft: isRightAfter && initramfs.get('fsck') === 'clean',
    reset: resetOfTrial(booted),
    panic,
    attemptsLeft: booted.abilities.has('attempts') ? state.attemptsLeft : undefined,
  };
}

/** By the boot script's count; none where it does not count. */
function startsSoFar({ attemptsLeft = DEFAULT_ATTEMPTS }: BootState): number {
  return DEFAULT_ATTEMPTS - attemptsLeft;
}

/** What the journal has about the boots of the trial in question. */
export interface Remembered {
  /** What its latest boot ended of. */
  readonly cause: Cause | undefined;
  readonly starts: number;
}

/**
 * The power cut that the latest start of the trial ended of, by the journal: only the boot right after it sees it, and where
 * that one was cut off, too, its journal says what it saw. `undefined` where the journal lacks any of its starts.
 */
export function knownPowerCut({ cause, starts }: Remembered, { attemptsLeft }: BootState): Cause | undefined {
  const needed = attemptsLeft === undefined ? Number.POSITIVE_INFINITY : DEFAULT_ATTEMPTS - attemptsLeft;
  return cause?.code === 'power-cut' && starts >= needed ? cause : undefined;
}
