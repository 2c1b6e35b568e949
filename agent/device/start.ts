/**
 * Start-up is recovery: there is no other path, and the first boot of a new device is this path, too. Brings the log of trials,
 * changes and environment to one story, and decides what this boot is.
 */
import { stage } from '../../bootloader/protocol/index.ts';
import { readFacts } from '../boot/facts.ts';
import { phaseOf } from '../boot/phase.ts';
import { earlierArming } from '../snaps/boot-set/earlier.ts';
import { hasArmed, trialTask } from '../snaps/boot-set/trial-task.ts';
import { prepareSnapshots } from '../snaps/saved/import.ts';
import { failedChecks } from './blame.ts';
import { damageOf, noteDamage, type StateFound } from './damage.ts';
import { type Decision, decide } from './decide.ts';
import { Device } from './device.ts';
import { causeOfTrial, finishConfirmed, finishFellBack, finishReverted, mend, settle } from './finish.ts';
import { goOnWithChanges } from './go-on.ts';
import { beginBoot, openJournal } from './journal.ts';
import { handOver, judge, knownTrial } from './judge.ts';
import { type Parts, partsOf } from './parts.ts';
import { prepareDirectories, removeUploads, takeInventory } from './prepare.ts';
import { takeRecords } from './records.ts';
import { situationOf } from './situation.ts';
import { tolerantly } from './tolerantly.ts';
import type { DeviceWorld } from './world.ts';

/**
 * Brings the device up and makes the first decision. A running trial is judged in the background. What the medium refuses
 * now is done at a later start: a device that answers is worth more than one that starts over and over.
 * @param found how the state was found that `world` has
 * @throws DatabaseError where the database cannot be read
 */
export async function startDevice(world: DeviceWorld, found: StateFound): Promise<Device> {
  const parts = partsOf(world, await readFacts(world.layout), await openJournal(world));
  const device = new Device(parts, async () => act(device, await firstDecision(parts)));
  const damage = damageOf(found, parts);
  const known = new Set(parts.inventory.list().map(({ file }) => file));
  for (const contradiction of parts.facts.contradictions) world.say(contradiction);
  await tolerantly(parts, () => beginBoot(parts));
  await tolerantly(parts, () => prepareDirectories(world.disk, world.layout));
  await tolerantly(parts, () => removeUploads(world.disk, world.layout, parts.changes.open()));
  await tolerantly(parts, () => prepareSnapshots(parts.saved.world));
  await tolerantly(parts, () => takeInventory(parts));
  await tolerantly(parts, () => takeRecords(parts));
  if (damage !== undefined) await tolerantly(parts, () => noteDamage(parts, damage, known, found));
  const decision = await firstDecision(parts);
  world.say(`start: ${decision.kind}`);
  await act(device, decision);
  world.checkpoint();
  return device;
}

async function firstDecision(parts: Parts): Promise<Decision> {
  const { env, facts, trials, changes } = parts;
  const state = await env.state();
  const entry = trials.unsettled();
  const phase = phaseOf(state, facts, entry);
  const change = entry?.change === undefined ? undefined : changes.get(entry.change);
  const arming = change === undefined ? undefined : (trialTask(change) ?? earlierArming(change));
  const wasArmed = arming === undefined || hasArmed(arming);
  const hasFailed = phase === 'failed' && entry !== undefined;
  const cause = hasFailed ? (await causeOfTrial(parts, entry.tried)).code : undefined;
  return decide(situationOf({ phase, state, facts, entry, wasArmed, verdict: await env.verdict(), cause }));
}

async function act(device: Device, decision: Decision): Promise<void> {
  const { parts } = device;
  if (decision.kind === 'judge' || decision.kind === 'leave') {
    device.judging = true;
    void judge(device, decision.kind === 'leave');
    return;
  }
  if (decision.kind === 'reboot' || decision.kind === 'again') {
    const isAsked = await tolerantly(parts, () => (decision.kind === 'reboot' ? goOn(device) : startAgain(parts)));
    if (isAsked) return;
  } else {
    // Before anything that takes time: the dead man's deadline comes for a set that is kept, too.
    await handOver(parts);
    const { kind } = decision;
    // Checks that are run again may take minutes, and the device has to answer meanwhile.
    const isLong = kind === 'reverted' && (await failedChecks(parts)).length > 0;
    return isLong ? device.recover(() => conclude(device, kind)) : conclude(device, kind);
  }
  await goOnWithChanges(device);
}

/** Writes down how the last trial ended, and goes on with what waited for that. */
async function conclude(device: Device, kind: Ending): Promise<void> {
  const { parts } = device;
  // What cannot be written down now must find its evidence again, so nothing of that is put right then.
  if (await tolerantly(parts, () => finish(device, kind))) {
    if (kind !== 'rest') await fallBack(device);
    await mend(parts);
  }
  await goOnWithChanges(device);
  await device.tidy();
}

/** A trial was in between, but it is the previous set that runs: with the trial written down, that is left to be dealt with. */
async function fallBack(device: Device): Promise<void> {
  const { kind } = await firstDecision(device.parts);
  if (kind === 'fell-back') await tolerantly(device.parts, () => finish(device, kind));
}

type Ending = Exclude<Decision['kind'], 'judge' | 'leave' | 'reboot' | 'again'>;

/** Asks for the reboot that starts what is armed. */
async function goOn(device: Device): Promise<boolean> {
  const { parts } = device;
  const entry = await knownTrial(parts);
  const open = parts.changes.open().find(({ id }) => id === entry.change);
  // A change that was cut between arming and its reboot goes on by itself, and asks for the reboot.
  if (open?.tasks.every((task) => task.status !== 'Wait')) device.run(open.id);
  else parts.rebootForTrial('to start the trial that is armed');
  return true;
}

/** Starts the trial again that ended without saying anything about what was tried. */
async function startAgain(parts: Parts): Promise<boolean> {
  await armAgain(parts);
  parts.rebootForTrial('to start the interrupted trial again');
  return true;
}

/** Writes down how a trial ended, and has environment and change follow. */
async function finish({ parts, policy }: Device, kind: Ending): Promise<boolean> {
  const { trials, world } = parts;
  if (kind === 'confirmed') await finishConfirmed(parts, await knownTrial(parts));
  if (kind === 'reverted') {
    const cause = await finishReverted(parts, policy, await knownTrial(parts));
    world.say(`the last trial came back: ${cause.code}: ${cause.message}`);
  }
  if (kind === 'settle') {
    const entry = trials.unsettled();
    if (entry !== undefined) await settle(parts, entry);
  }
  if (kind === 'fell-back') await finishFellBack(parts);
  return true;
}

/** Arms the trial again that was open, with the attempts that are left to it. */
async function armAgain({ env }: Parts): Promise<void> {
  const { trying, attemptsLeft = 0 } = await env.state();
  await env.change((medium) => stage(medium, trying, { attempts: attemptsLeft }));
  // Not before: a cut here must leave what the first attempt ended of.
  await env.forgetEvidence();
}
