/** The trial that this boot is: judged, kept or left, and then finished. */
import { isEmpty, type SlotNames } from '../../bootloader/protocol/index.ts';
import { handOverWatchdog } from '../boot/handover.ts';
import { parseBaseline } from '../boot/health/baseline.ts';
import type { FinalVerdict } from '../boot/health/model.ts';
import { concludeTrial, judgeTrial, type TrialWorld } from '../boot/trial.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { agreeOnDeadline } from './deadline.ts';
import type { Device } from './device.ts';
import { finishConfirmed, mend } from './finish.ts';
import { goOnWithChanges } from './go-on.ts';
import { prepareHealth } from './health.ts';
import { noteVerdict } from './journal.ts';
import type { Parts } from './parts.ts';

/**
 * Brings this boot's trial to its end. With `mustLeave` that end is known: it was given up before the daemon was started
 * again, or cannot be shown to have been kept. Never rejects; where it does not get to the end, the dead man does.
 */
export async function judge(device: Device, mustLeave: boolean): Promise<void> {
  const { parts } = device;
  const { world } = parts;
  try {
    const trial = trialWorldOf(device);
    const verdict = (await earlierVerdict(parts, mustLeave)) ?? (await begin(device)) ?? (await watch(device, trial));
    device.trialProgress = undefined;
    const end = await concludeTrial(trial, device.policy, verdict);
    if (end.kind === 'rejected') return;
    world.say('the trial is confirmed');
    await noteVerdict(parts, verdict);
    await handOver(parts);
    await finishConfirmed(parts, await knownTrial(parts));
    await mend(parts);
    await goOnWithChanges(device);
    await device.tidy();
  } catch (error) {
    // Nothing is lost: the dead man ends what this could not, and the next start what could not be written down.
    world.say(`the trial could not be brought to its end: ${error instanceof Error ? error.message : error}`);
  } finally {
    device.trialProgress = undefined;
    device.judging = false;
  }
}

async function watch(device: Device, trial: TrialWorld): Promise<FinalVerdict> {
  const { parts } = device;
  const baseline = parseBaseline((await knownTrial(parts)).baseline);
  const { policy: wanted, checks } = await prepareHealth(parts, device.policy, baseline);
  const policy = await agreeOnDeadline(parts, wanted);
  device.policy = policy;
  return judgeTrial(trial, policy, checks, device.personVerdict);
}

/** A verdict that this boot has already, from before a restart of the daemon: it stands, whatever is seen now. */
async function earlierVerdict({ env, facts, journal }: Parts, mustLeave: boolean): Promise<FinalVerdict | undefined> {
  const said = await env.verdict();
  if (said?.kind === 'bad' && said.bootId === facts.bootId) {
    const { by = 'agent', failed = [], reason } = said;
    const evidence = said.evidence === '' ? [] : [said.evidence];
    const checks = failed.map(
      (check) => ({ check, weight: 'required', state: 'fail', reason: '', evidence: [] }) as const,
    );
    const [check] = failed;
    const decided = check === undefined ? {} : { check };
    return { kind: 'bad', by, reason, evidence, ...decided, checks: journal.current?.health?.checks ?? checks };
  }
  if (!mustLeave) return undefined;
  const reason = 'the boot environment does not show that this boot is to be kept';
  const { mode, good } = await env.state();
  const evidence = [`the environment: mode "${mode}", good set ${Object.values(good).join(', ')}`];
  return { kind: 'bad', by: 'agent', reason, evidence, checks: [] };
}

/** Writes down that the trial runs. Where the state takes no write, that is the verdict: nothing could be kept either. */
async function begin(device: Device): Promise<FinalVerdict | undefined> {
  const { env, facts, trials, world } = device.parts;
  device.trialProgress = 'just started';
  try {
    const entry = await knownTrial(device.parts);
    trials.started(entry.id, facts.bootId);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'bad', by: 'agent', reason, evidence: ['the state database took no write'], checks: [] };
  }
  // The daemon was restarted, not the device: the word it left is not true any more.
  await env.forgetVerdict().catch((error: unknown) => world.say(String(error)));
  return undefined;
}

function trialWorldOf(device: Device): TrialWorld {
  const { world, env, facts } = device.parts;
  return {
    env,
    bootId: facts.bootId,
    ran: facts.booted.ran,
    uptimeSeconds: () => world.uptimeSeconds(),
    agentSeconds: () => world.agentSeconds(),
    sleep: (milliseconds) => world.clock.sleep(milliseconds),
    reboot: (why) => world.reboot(why),
    status: (text) => {
      device.trialProgress = text;
      world.status(`trial: ${text}`);
    },
    say: (text) => world.say(text),
    note: (verdict) => noteVerdict(device.parts, verdict),
  };
}

/** The log's entry of the open trial; made from the environment where the log was lost. */
export async function knownTrial({ env, trials, facts }: Parts): Promise<TrialEntry> {
  const entry = trials.unsettled();
  if (entry !== undefined) return entry;
  const { trying, good } = await env.state();
  const tried: SlotNames = isEmpty(trying) ? facts.booted.ran : trying;
  return trials.open({ tried, good, change: undefined, bootId: '' });
}

/** Gives systemd the watchdog; on a boot that is no trial it has it already, and nothing happens. */
export async function handOver({ world, facts }: Parts): Promise<void> {
  if (!facts.booted.trial) return;
  const outcome = await handOverWatchdog({
    layout: world.layout,
    setWatchdog: (seconds) => world.systemd.setRuntimeWatchdog(seconds * 1_000_000),
    sleep: (milliseconds) => world.clock.sleep(milliseconds),
  });
  if (outcome === 'failed') world.say('systemd did not take the watchdog: it will reset the device');
}
