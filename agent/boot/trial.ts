/**
 * Drives the trial that this boot is: watches its health, then keeps it or gives it up. Going back never depends on this
 * code: where it does not come to an end, the dead man's deadline does.
 */
import { confirm, revert, SLOTS, type SlotNames } from '../../bootloader/protocol/index.ts';
import { inTime } from '../system/in-time.ts';
import type { BootEnv } from './bootenv.ts';
import type { Check, FinalVerdict, HealthPolicy, PersonVerdict } from './health/model.ts';
import { type HealthWorld, watchHealth } from './health/watch.ts';

export interface TrialWorld extends HealthWorld {
  readonly env: BootEnv;
  readonly bootId: string;
  /** What the command line and the mounts say that runs. */
  readonly ran: SlotNames;
  /** Makes the machine go down, by all means, one after the other. */
  reboot(why: string): Promise<void>;
  /** One line about where the trial stands; many of them differ by the time only. */
  status(text: string): void;
  /** What is worth a line in the log. */
  say(text: string): void;
  /** Puts the verdict into the boot journal. Never rejects. */
  note(verdict: FinalVerdict): Promise<void>;
}

export type TrialEnd =
  | { readonly kind: 'confirmed'; readonly evidence: readonly string[] }
  | { readonly kind: 'rejected'; readonly reason: string };

/** How long writing the reason may hold the reboot up, milliseconds. */
const reasonMillis = 5000;
const confirmMillis = 1000;
const maxConfirmMillis = 10_000;

/** Watches this boot until there is a verdict on it; `decided` is a person's. */
export async function judgeTrial(
  world: TrialWorld,
  policy: HealthPolicy,
  checks: readonly Check[],
  decided?: Promise<PersonVerdict>,
): Promise<FinalVerdict> {
  const { trying } = await world.env.state();
  const stranger = SLOTS.find((slot) => trying[slot] !== undefined && trying[slot] !== world.ran[slot]);
  if (stranger !== undefined) {
    const reason = `the ${stranger} that runs is not ${trying[stranger]}, which was to be tried`;
    const evidence = SLOTS.flatMap((slot) =>
      world.ran[slot] === undefined ? [] : [`running ${slot}: ${world.ran[slot]}`],
    );
    return { kind: 'bad', by: 'agent', reason, evidence, checks: [] };
  }
  let waitedFor = '';
  const onPending = (waitingFor: string, uptime: number) => {
    if (waitingFor !== waitedFor) world.say(`trial: waiting for ${waitingFor}`);
    waitedFor = waitingFor;
    const left = Math.max(0, Math.ceil(policy.deadlineSeconds - uptime));
    world.status(`waiting for ${waitingFor}, deadline in ${left} s`);
  };
  return watchHealth(world, policy, checks, onPending, decided);
}

/** Acts on the verdict. Resolves when the set is confirmed, or when no way of rebooting is left. */
export async function concludeTrial(world: TrialWorld, policy: HealthPolicy, verdict: FinalVerdict): Promise<TrialEnd> {
  return verdict.kind === 'good' ? keep(world, policy, verdict) : reject(world, verdict);
}

/**
 * Leaves word that this boot ended before there was a verdict. Without it the next boot would have to take an orderly
 * shutdown for a crash.
 */
export async function leaveInterrupted({
  env,
  ran,
  bootId,
}: Pick<TrialWorld, 'env' | 'ran' | 'bootId'>): Promise<void> {
  const { attemptsLeft } = await env.state();
  await env.writeVerdict({
    kind: 'interrupted',
    ...(attemptsLeft === undefined ? {} : { attemptsLeft }),
    set: ran,
    bootId,
    reason: 'the device was shut down before there was a verdict',
    evidence: '',
  });
}

/**
 * Writes the confirmation, and tries again until all of it is written: a verdict that is not on the medium is none. When the
 * deadline comes before any of it is, the medium is what this boot failed on.
 */
async function keep(world: TrialWorld, policy: HealthPolicy, verdict: FinalVerdict): Promise<TrialEnd> {
  const { evidence, checks } = verdict;
  for (let delay = confirmMillis; ; delay = Math.min(2 * delay, maxConfirmMillis)) {
    try {
      await world.env.apply(confirm(await world.env.read(), world.ran));
      return { kind: 'confirmed', evidence };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      world.say(`the trial is good, but not confirmed yet: ${why}`);
      if ((await world.uptimeSeconds()) >= policy.deadlineSeconds - policy.marginSeconds) {
        if (await isKept(world)) return { kind: 'confirmed', evidence };
        const reason = `the boot environment did not take the confirmation: ${why}`;
        return reject(world, { kind: 'bad', by: 'agent', reason, evidence, checks });
      }
      await world.sleep(delay);
    }
  }
}

/** The first write of a confirmation decides what boots; the others make it safe, and are tried again at each start. */
async function isKept({ env, ran }: TrialWorld): Promise<boolean> {
  const { mode, good } = await env.state();
  return mode === '' && SLOTS.every((slot) => ran[slot] === undefined || ran[slot] === good[slot]);
}

type BadVerdict = Extract<FinalVerdict, { readonly kind: 'bad' }>;

/** Gives the trial up. The reason has some seconds to be written: a dying medium must not hold the reboot up for longer. */
async function reject(world: TrialWorld, verdict: BadVerdict): Promise<TrialEnd> {
  const { reason } = verdict;
  world.say(`the trial failed: ${reason}; going back`);
  await inTime(reasonMillis, leaveReason(world, verdict));
  await world.reboot(`the trial failed: ${reason}`);
  return { kind: 'rejected', reason };
}

async function leaveReason(world: TrialWorld, verdict: BadVerdict): Promise<void> {
  const { env, ran, bootId } = world;
  const { by, reason, evidence, checks, check: decisive } = verdict;
  const notPassing = checks.filter(({ weight, state }) => weight === 'required' && state !== 'pass');
  const failed = [...new Set([...(decisive === undefined ? [] : [decisive]), ...notPassing.map(({ check }) => check)])];
  try {
    // A word that is there already is not put at risk: a cut inside the write would take it away.
    const said = await env.verdict();
    if (said?.kind !== 'bad' || said.bootId !== bootId) {
      await env.writeVerdict({
        ...{ kind: 'bad', set: ran, bootId, reason, failed, evidence: evidence.join('; ') },
        ...(by === 'person' ? { by } : {}),
      });
    }
    await world.note(verdict);
    // The boot script goes back without this, too; but it keeps a reset in the middle from being taken for a lost trial.
    await env.apply(revert(await env.read()));
  } catch {
    // The medium failed: the boot script goes back without a reason.
  }
}
