/** Ends a trial in the log of trials and then in the environment; what its change makes of that follows (go-on.ts). */
import { adopt, repair, revert, type SlotNames } from '../../bootloader/protocol/index.ts';
import { isRightAfterTrial } from '../boot/attempts.ts';
import { type Cause, type CauseCode, causeOf, goodSetFailed } from '../boot/cause.ts';
import type { HealthPolicy } from '../boot/health/model.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { parseFileName } from '../snaps/file-name.ts';
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

/** The second half, also after a cut between the two: the environment follows what the log of trials says. */
export async function settle({ env, trials }: Parts, entry: TrialEntry): Promise<void> {
  if (entry.what === 'reverted') await env.change(revert);
  trials.settle(entry.id);
}

/** The good set could not be booted, the one before it could: it is the good one now. */
export async function finishFellBack({ env, facts, trials }: Parts): Promise<void> {
  const failed = (await env.state()).good;
  trials.note('fell-back', facts.booted.ran, {
    ...goodSetFailed,
    evidence: [`failed: ${Object.values(failed).join(', ')}`, `this boot was chosen by rule: ${facts.booted.rule}`],
  });
  await env.change((medium) => adopt(medium, facts.booted.ran));
}

/** Mends copies, record and mark after a cut. What cannot be written now stays as it is until the next start. */
export async function mend({ env, world }: Parts): Promise<void> {
  try {
    await env.change(repair);
  } catch (error) {
    world.say(`cannot repair the boot environment: ${error instanceof Error ? error.message : error}`);
  }
}
