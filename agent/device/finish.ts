/** Ends a trial in the log of trials, the environment and the change that asked for it, in an order that survives a cut. */
import { adopt, repair, revert, type SlotNames } from '../../bootloader/protocol/index.ts';
import { isRightAfterTrial } from '../boot/attempts.ts';
import { type Cause, type CauseCode, causeOf, goodSetFailed } from '../boot/cause.ts';
import type { HealthPolicy } from '../boot/health/model.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { type Change, isReady, mapTasks, type Task } from '../engine/model.ts';
import { failed } from '../engine/outcome.ts';
import { waitEnded } from '../engine/restart.ts';
import { parseFileName } from '../snaps/file-name.ts';
import { trialTask } from '../snaps/install.ts';
import { blame } from './blame.ts';
import { noteRevert } from './journal.ts';
import type { Parts } from './parts.ts';
import { evidenceOf, knownPowerCut } from './situation.ts';

/** The trial was kept, and the environment says so already: all of it does, before the log says it for good. */
export async function finishConfirmed(parts: Parts, entry: TrialEntry): Promise<void> {
  await mend(parts);
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

/** Why the trial of `tried` ended, by what it left behind. */
export async function causeOfTrial({ env, facts, journal }: Parts, tried: SlotNames): Promise<Cause> {
  const state = await env.state();
  if (!isRightAfterTrial(facts.booted.rule, state.mode)) {
    const remembered = { cause: journal.lastOf(tried)?.end.cause, starts: journal.startsOf(tried) };
    const known = knownPowerCut(remembered, state);
    if (known !== undefined) return known;
  }
  const [trace, verdict] = [await env.trace(), await env.verdict()];
  return causeOf(
    evidenceOf({
      ...{ tried, state, facts, trace, verdict },
      isTraceOld: journal.wasFollowed(trace?.bootId ?? ''),
      starts: journal.startsOf(tried),
      panic: journal.panicOf(tried),
    }),
  );
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
  if (what === 'confirmed' && task.status !== 'Done') {
    await runner.revise(change.id, 'confirmed', (now) => {
      return mapTasks(reached(now, task), (other) => (other.id === task.id ? waitEnded(other) : other));
    });
  }
  if (what === 'reverted' && task.status !== 'Error') {
    const why = cause === undefined ? 'it was taken back' : `${cause.code}: ${cause.message}`;
    const time = changes.time();
    await runner.revise(change.id, 'reverted', (now) => failed(reached(now, task), task.id, why, time));
  }
  await runner.run(change.id);
}

/** Steps before the trial that a cut left open are done: it could not have started without them. */
function reached(change: Change, trial: Task): Change {
  return mapTasks(change, (task) => (task.id < trial.id && !isReady(task.status) ? { ...task, status: 'Done' } : task));
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
