/**
 * Start-up is recovery: there is no other path, and the first boot of a new device is this path, too. Brings journal,
 * changes and environment to one story, and decides what this boot is.
 */
import { isEmpty, type SlotNames, stage, trialPhase } from '../../bootloader/protocol/index.ts';
import { readFacts } from '../boot/facts.ts';
import { handOverWatchdog } from '../boot/handover.ts';
import { observeTarget } from '../boot/health/observe.ts';
import type { BootEntry } from '../boot/journal.ts';
import { concludeTrial, judgeTrial, type TrialWorld } from '../boot/trial.ts';
import { armTask } from '../snaps/install.ts';
import { type Decision, decide } from './decide.ts';
import { Device } from './device.ts';
import { finishConfirmed, finishFellBack, finishReverted, mend, settle } from './finish.ts';
import { type Parts, partsOf } from './parts.ts';
import { prepareDirectories, removeUploads, takeInventory } from './prepare.ts';
import type { DeviceWorld } from './world.ts';

/**
 * Brings the device up and makes the first decision. A running trial is judged in the background.
 * @param lost why the state before this start could not be used
 * @throws DiskError, DatabaseError where the medium does not let it
 */
export async function startDevice(world: DeviceWorld, lost: string | undefined): Promise<Device> {
  await prepareDirectories(world.disk, world.layout);
  const parts = partsOf(world, await readFacts(world.layout));
  const device = new Device(parts);
  for (const contradiction of parts.facts.contradictions) world.say(contradiction);
  await removeUploads(world.disk, world.layout, parts.changes.open());
  await takeInventory(parts);
  if (lost !== undefined) noteLost(parts, lost);
  const decision = await firstDecision(parts);
  world.say(`start: ${decision.kind}`);
  await act(device, decision);
  return device;
}

async function firstDecision(parts: Parts): Promise<Decision> {
  const { env, facts, journal, changes } = parts;
  const state = await env.state();
  const entry = journal.unsettled();
  const phase = trialPhase(state, facts.booted, entry?.stagedBoot === facts.bootId);
  const change = entry?.change === undefined ? undefined : changes.get(entry.change);
  const arming = change?.tasks.find((task) => task.kind === armTask);
  const wasArmed = arming === undefined || arming.status === 'Done';
  const verdict = await env.verdict();
  const interrupted = verdict?.kind === 'interrupted' && verdict.bootId === entry?.trialBoot && !facts.watchdogReset;
  return decide({ phase, state, rule: facts.booted.rule, entry, wasArmed, interrupted });
}

async function act(device: Device, decision: Decision): Promise<void> {
  const { parts } = device;
  const { world, journal } = parts;
  switch (decision.kind) {
    case 'judge':
      device.judging = true;
      void judge(device);
      return;
    case 'reboot': {
      const entry = await knownTrial(parts);
      const [open] = parts.changes.open();
      // A change that was cut between arming and its reboot goes on by itself, and asks for the reboot.
      if (open?.id === entry.change && open?.tasks.every((task) => task.status !== 'Wait')) device.run(open.id);
      else parts.rebootForTrial('to start the trial that is armed');
      return;
    }
    case 'again': {
      const isArmed = await tolerantly(parts, () => armAgain(parts));
      if (isArmed) {
        parts.rebootForTrial('to start the interrupted trial again');
        return;
      }
      break;
    }
    case 'confirmed':
      await finishConfirmed(parts, await knownTrial(parts));
      break;
    case 'reverted': {
      const cause = await tolerantly(parts, async () => finishReverted(parts, await knownTrial(parts)));
      if (cause !== undefined) world.say(`the last trial came back: ${cause.code}: ${cause.message}`);
      break;
    }
    case 'settle': {
      const entry = journal.unsettled();
      if (entry !== undefined) await tolerantly(parts, () => settle(parts, entry));
      break;
    }
    case 'fell-back':
      await tolerantly(parts, () => finishFellBack(parts));
      break;
    case 'rest':
      break;
  }
  await mend(parts);
  await handOver(parts);
  for (const change of parts.changes.open()) device.run(change.id);
  if (parts.changes.open().length === 0) await parts.tidy();
}

/** Judges the trial that this boot is, and goes on from there. */
async function judge(device: Device): Promise<void> {
  const { parts, policy } = device;
  const { world, env, facts, journal } = parts;
  try {
    const entry = await knownTrial(parts);
    journal.started(entry.id, facts.bootId);
    // The daemon was restarted, not the device: the word it left is not true any more.
    await env.forgetVerdict();
    const trial: TrialWorld = {
      env,
      bootId: facts.bootId,
      ran: facts.booted.ran,
      observe: (target, detailed) => observeTarget(world.systemd, target, detailed),
      uptimeSeconds: () => world.uptimeSeconds(),
      agentSeconds: () => world.agentSeconds(),
      sleep: (milliseconds) => world.clock.sleep(milliseconds),
      reboot: (why) => world.reboot(why),
      status: (text) => {
        device.trialProgress = text;
        world.status(`trial: ${text}`);
      },
      say: (text) => world.say(text),
    };
    device.trialProgress = 'just started';
    const verdict = await judgeTrial(trial, policy);
    device.trialProgress = undefined;
    const end = await concludeTrial(trial, policy, verdict);
    if (end.kind === 'rejected') return;
    world.say('the trial is confirmed');
    await handOver(parts);
    await finishConfirmed(parts, entry);
    await mend(parts);
  } catch (error) {
    // Nothing is lost: the dead man ends what this could not.
    world.say(`the trial could not be judged: ${error instanceof Error ? error.message : error}`);
  } finally {
    device.trialProgress = undefined;
    device.judging = false;
  }
}

/** The journal's entry of the open trial; made from the environment where the journal was lost. */
async function knownTrial({ env, journal, facts }: Parts): Promise<BootEntry> {
  const entry = journal.unsettled();
  if (entry !== undefined) return entry;
  const { trying, good } = await env.state();
  const tried: SlotNames = isEmpty(trying) ? facts.booted.ran : trying;
  return journal.open({ tried, good, change: undefined, bootId: '' });
}

/** Arms the trial again that was open, with the attempts that are left to it. */
async function armAgain({ env }: Parts): Promise<boolean> {
  const { trying, attemptsLeft = 0 } = await env.state();
  await env.apply(stage(await env.read(), trying, { attempts: attemptsLeft }));
  // Not before: a cut here must leave the word that the first attempt was interrupted.
  await env.forgetEvidence();
  return true;
}

/** Gives systemd the watchdog; on a boot that is no trial it has it already, and nothing happens. */
async function handOver({ world, facts }: Parts): Promise<void> {
  if (!facts.booted.trial) return;
  const outcome = await handOverWatchdog({
    layout: world.layout,
    setWatchdog: (seconds) => world.systemd.setRuntimeWatchdog(seconds * 1_000_000),
    sleep: (milliseconds) => world.clock.sleep(milliseconds),
  });
  if (outcome === 'failed') world.say('systemd did not take the watchdog: it will reset the device');
}

function noteLost({ journal, facts }: Parts, lost: string): void {
  journal.note('state-rebuilt', facts.booted.ran, {
    code: 'state-lost',
    message: 'the state could not be read and was made again from the files and the boot environment',
    evidence: [lost],
  });
}

/** What the medium refuses now is done at the next start: a device that runs is worth more than one that stops here. */
async function tolerantly<T>({ world }: Parts, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    world.say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
