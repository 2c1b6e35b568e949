/** Keeps the boot journal along with what the device does. What it cannot write is told, and holds nothing up for long. */
import type { Cause } from '../boot/cause.ts';
import type { FinalVerdict } from '../boot/health/model.ts';
import { BootJournal } from '../boot/journal/journal.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { inTime } from '../system/in-time.ts';
import type { Parts } from './parts.ts';
import type { DeviceWorld } from './world.ts';

/** A dying medium may never answer: after this long, milliseconds, the device goes on without its journal. */
const patienceMillis = 5000;
/** The ring is read while everything else starts, too. */
const openMillis = 15_000;

/** The journal as the medium has it; an empty one where that does not answer. */
export async function openJournal(
  { disk, layout, clock, say }: Pick<DeviceWorld, 'disk' | 'layout' | 'clock' | 'say'>,
  patience = openMillis,
): Promise<BootJournal> {
  const now = () => new Date(clock.wallMs());
  const journal = await inTime(patience, BootJournal.open(disk, layout, now));
  if (journal === undefined) say('the boot journal does not answer: nothing is written into it in this boot');
  return journal ?? BootJournal.without(disk, layout, now);
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
  const uptimeSeconds = await world.uptimeSeconds();
  // All at once, so that the journal makes one write of them.
  const writes = [
    journal.mark('verdict', uptimeSeconds),
    journal.health({ checks }),
    journal.verdict({ kind, by, reason, evidence }),
    ...(kind === 'bad' ? [journal.ending('rejected')] : []),
  ];
  await noted(world, allWritten(writes));
}

/** The device is shut down, or only the daemon: if it comes back in this boot, the journal goes on. */
export async function noteShutdown({ world, journal }: Parts): Promise<void> {
  if (journal.current?.end.how !== 'running') return;
  await noted(world, journal.ending('shutdown', await world.uptimeSeconds()));
}

/** How the trial ended, as this boot knows it: for the boot that was the latest one of it. */
export async function noteRevert({ world, facts, journal }: Parts, entry: TrialEntry, cause: Cause): Promise<void> {
  const last = journal.lastOf(entry.tried);
  if (last === undefined) return;
  await noted(world, journal.addEnd(last.boot, { ...last.end, cause, backTo: facts.booted.ran }));
}

async function allWritten(writes: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(writes)).every(Boolean);
}

async function noted({ say }: DeviceWorld, write: Promise<boolean>): Promise<void> {
  const isKept = await inTime(patienceMillis, write);
  if (isKept !== true) say('the boot journal does not take what is to be written down');
}
