/** Ends a trial in the log of trials, the environment and the change that asked for it, in an order that survives a cut. */
import {
  adopt,
  type BootState,
  DEFAULT_ATTEMPTS,
  repair,
  revert,
  type SlotNames,
} from '../../bootloader/protocol/index.ts';
import { isRightAfterTrial, resetOfTrial, wordOfTrial } from '../boot/attempts.ts';
import { type Cause, type CauseCode, causeOf, goodSetFailed } from '../boot/cause.ts';
import type { HealthPolicy } from '../boot/health/model.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { failure } from '../engine/runner.ts';
import { parseFileName } from '../snaps/file-name.ts';
import { trialTask } from '../snaps/install.ts';
import { blame } from './blame.ts';
import { noteRevert } from './journal.ts';
import type { Parts } from './parts.ts';

/** The trial was kept, and the environment says so already. */
export async function finishConfirmed(parts: Parts, entry: TrialEntry): Promise<void> {
  parts.trials.decide(entry.id, 'confirmed');
  for (const file of Object.values(entry.tried)) parts.backOff.clear(parseFileName(file)?.name ?? '');
  await settle(parts, { ...entry, what: 'confirmed' });
}

/**
 * The trial is over and was not kept: the cause is written down first, as the environment loses part of the evidence when
 * it is put right.
 */
export async function finishReverted(parts: Parts, policy: HealthPolicy, entry: TrialEntry): Promise<Cause> {
  const cause = await blame(parts, policy, entry, await causeOfTrial(parts, entry.tried));
  await noteRevert(parts, entry, cause);
  parts.trials.decide(entry.id, 'reverted', cause);
  holdBack(parts, entry, cause.code);
  await settle(parts, { ...entry, what: 'reverted', cause });
  return cause;
}

/** What failed here is not tried again by itself for a while. */
function holdBack({ backOff, world }: Parts, { id, tried }: TrialEntry, cause: CauseCode): void {
  for (const file of Object.values(tried)) {
    const snap = parseFileName(file);
    if (snap === undefined) continue;
    const held = backOff.failed({ ...snap, cause, afterReboot: true, attempt: `trial ${id}` });
    if (held !== undefined) world.say(`${file} is not tried again by itself before ${held.until}`);
  }
}

/**
 * Why the trial of `tried` ended, by what it left behind. A power cut is seen by the boot right after the trial only; where
 * that one was cut off, too, its journal says what it saw.
 */
export async function causeOfTrial(parts: Parts, tried: SlotNames): Promise<Cause> {
  const state = await parts.env.state();
  const known = isRightAfterTrial(parts.facts.booted.rule, state.mode) ? undefined : knownPowerCut(parts, tried, state);
  return known ?? causeFromTraces(parts, tried, state);
}

/** The power cut that the latest start of the trial ended of; `undefined` where the journal lacks any of its starts. */
function knownPowerCut({ journal }: Parts, tried: SlotNames, { attemptsLeft }: BootState): Cause | undefined {
  const starts = attemptsLeft === undefined ? Number.POSITIVE_INFINITY : DEFAULT_ATTEMPTS - attemptsLeft;
  const cause = journal.lastOf(tried)?.end.cause;
  return cause?.code === 'power-cut' && journal.startsOf(tried) >= starts ? cause : undefined;
}

async function causeFromTraces({ env, facts, journal }: Parts, tried: SlotNames, state: BootState): Promise<Cause> {
  const isRightAfter = isRightAfterTrial(facts.booted.rule, state.mode);
  return causeOf({
    tried,
    started: state.mode !== 'try',
    scriptCause: state.cause,
    rule: facts.booted.rule,
    trace: await env.trace(),
    verdict: wordOfTrial(await env.verdict(), state.attemptsLeft),
    watchdogReset: facts.watchdogReset && isRightAfter,
    isCleanlyLeft: isRightAfter && facts.initramfs.get('fsck') === 'clean',
    reset: resetOfTrial(facts.booted),
    panic: journal.panicOf(tried),
    attemptsLeft: facts.booted.abilities.has('attempts') ? state.attemptsLeft : undefined,
  });
}

/** The second half, also after a cut between the two: environment and change follow what the log of trials says. */
export async function settle(parts: Parts, entry: TrialEntry): Promise<void> {
  const { env, trials } = parts;
  if (entry.what === 'reverted') await env.apply(revert(await env.read()));
  await endChange(parts, entry);
  trials.settle(entry.id);
}

/** Ends the change that waits for this trial, where there is one: onwards after a good end, back after a bad one. */
async function endChange({ changes, runner }: Parts, { change: id, what, cause }: TrialEntry): Promise<void> {
  const change = id === undefined ? undefined : changes.get(id);
  const task = change?.tasks.find((candidate) => candidate.kind === trialTask);
  if (change === undefined || task === undefined || change.readyTime !== undefined) return;
  // Steps before the trial that a cut left open are done: it could not have started without them.
  const before = change.tasks.map((other) => (other.id < task.id ? { ...other, status: 'Done' as const } : other));
  if (what === 'confirmed' && task.status !== 'Done') {
    const done = before
      .filter((other) => other.id <= task.id)
      .map((other) => ({ task: other.id, status: 'Done' as const }));
    changes.update(change.id, 'confirmed', done);
  }
  if (what === 'reverted' && task.status !== 'Error') {
    const why = cause === undefined ? 'it was taken back' : `${cause.code}: ${cause.message}`;
    changes.update(change.id, 'reverted', failure({ ...change, tasks: before }, task, why));
  }
  await runner.run(change.id);
}

/** The good set could not be booted, the one before it could: it is the good one now. */
export async function finishFellBack({ env, facts, trials }: Parts): Promise<void> {
  const failed = (await env.state()).good;
  trials.note('fell-back', facts.booted.ran, {
    ...goodSetFailed,
    evidence: [`failed: ${Object.values(failed).join(', ')}`, `this boot was chosen by rule: ${facts.booted.rule}`],
  });
  await env.apply(adopt(await env.read(), facts.booted.ran));
}

/** Mends copies, record and mark after a cut. What cannot be written now stays as it is until the next start. */
export async function mend({ env, world }: Parts): Promise<void> {
  try {
    await env.apply(repair(await env.read()));
  } catch (error) {
    world.say(`cannot repair the boot environment: ${error instanceof Error ? error.message : error}`);
  }
}
