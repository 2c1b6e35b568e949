/** How the trial of a change ended: the first question after its reboot (vectors G2, G7, G9, G25). */
import type { SlotNames } from '../../../bootloader/protocol/index.ts';
import type { TrialEntry } from '../../boot/trial-log.ts';
import type { DoResult, TaskContext } from '../../engine/handler.ts';
import { SnapsError } from '../error.ts';
import { fileNameOfSetup, type SnapSetup } from '../plan/setup.ts';
import { trialIn, trialTask } from './trial-task.ts';
import type { BootSetWorld } from './world.ts';

/** @throws SnapsError `rolled-back` where the device runs what it ran before */
export async function outcomeOfTrial(
  { trials, env, ran }: BootSetWorld,
  { change }: TaskContext,
  setup: Pick<SnapSetup, 'instance' | 'side'>,
): Promise<DoResult> {
  const tried = trialIn(trialTask(change)?.data ?? {});
  const file = fileNameOfSetup(setup);
  if (!names(tried, file)) return { kind: 'done' };
  const entry = trials.ofChange(change.id);
  const isKept = entry === undefined || entry.what === 'confirmed';
  const { source, good } = await env.state();
  // An environment that cannot be read now says nothing against what runs.
  if (isKept && names(source === 'none' ? ran : good, file)) return { kind: 'done' };
  throw new SnapsError(
    'rolled-back',
    `cannot finish ${setup.instance} installation, there was a rollback across reboot: ${whyOf(entry)}`,
    { snap: setup.instance },
  );
}

function names(set: SlotNames | undefined, file: string): boolean {
  return Object.values(set ?? {}).includes(file);
}

function whyOf(entry: TrialEntry | undefined): string {
  if (entry?.cause !== undefined) return `${entry.cause.code}: ${entry.cause.message}`;
  return entry?.what === 'confirmed' ? 'the device had to leave it after it was confirmed' : 'it was taken back';
}
