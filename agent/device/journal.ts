/** Keeps the boot journal along with what the device does. What it cannot write is told once, and holds nothing up. */

import type { FinalVerdict } from '../boot/health/model.ts';
import { BootJournal } from '../boot/journal/journal.ts';
import type { Parts } from './parts.ts';
import type { DeviceWorld } from './world.ts';

/** A dying medium may never answer: after this long, milliseconds, the device goes on without its journal. */
const patienceMillis = 5000;

/** The journal as the medium has it; an empty one where that does not answer. */
export async function openJournal({ disk, layout, clock }: DeviceWorld): Promise<BootJournal> {
  return BootJournal.open(disk, layout, () => new Date(clock.wallMs()));
}

/** Ends the records of earlier boots and begins this one's, before anything that they are told from is put right. */
export async function beginBoot({ world, env, facts, journal }: Parts): Promise<void> {
  const [state, trace, verdict, uptimeSeconds] = await Promise.all([
    env.state(),
    env.trace(),
    env.verdict(),
    world.uptimeSeconds(),
  ]);
  await noted(world, journal.begin({ facts, state, trace, verdict, uptimeSeconds }));
}

/** What was decided about this boot, and on what. */
export async function noteVerdict({ world, journal }: Parts, verdict: FinalVerdict): Promise<void> {
  const { kind, by, evidence, checks } = verdict;
  const reason = verdict.kind === 'bad' ? verdict.reason : '';
  await noted(world, journal.health({ checks }));
  await noted(world, journal.verdict({ kind, by, reason, evidence }));
}

async function noted({ clock, say }: DeviceWorld, write: Promise<boolean>): Promise<void> {
  const isKept = await Promise.race([write, clock.sleep(patienceMillis).then(() => false)]);
  if (!isKept) say('the boot journal does not take what is to be written down');
}
