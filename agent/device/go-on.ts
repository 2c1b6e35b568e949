/** Goes on with what was under way, once it is known how the last trial ended, or that there was none. */
import { type Change, withTask } from '../engine/model.ts';
import { waitEnded } from '../engine/restart.ts';
import { earlierEnded, earlierInstall } from '../snaps/boot-set/earlier.ts';
import { trialTask } from '../snaps/boot-set/trial-task.ts';
import type { Device } from './device.ts';
import type { Parts } from './parts.ts';
import { tolerantly } from './tolerantly.ts';

/** Never rejects: what the medium refuses now is done at the next start. */
export async function goOnWithChanges(device: Device): Promise<void> {
  const { parts } = device;
  await tolerantly(parts, () => parts.runner.prune());
  await tolerantly(parts, () => parts.runner.resume());
  await tolerantly(parts, () => endWaiting(parts));
  for (const change of parts.changes.open()) device.run(change.id);
  for (const id of parts.changes.unclean()) device.run(id);
}

/**
 * Lets changes go on that wait for a trial whose end is written down. What follows from how it ended is for their next task to
 * say.
 */
async function endWaiting({ changes, trials, runner }: Parts): Promise<void> {
  for (const { id, tasks, data } of changes.open()) {
    const { what, cause } = trials.ofChange(id) ?? {};
    if (what === undefined) continue;
    if (earlierInstall(data) !== undefined) {
      const why = cause === undefined ? 'it was taken back' : `${cause.code}: ${cause.message}`;
      const time = changes.time();
      await runner.revise(id, what, (now) => earlierEnded(now, what === 'confirmed' ? undefined : why, time));
    } else if (trialTask({ tasks })?.status === 'Wait') {
      await runner.revise(id, what, trialOver);
    }
  }
}

function trialOver(change: Change): Change {
  const task = trialTask(change);
  return task?.status === 'Wait' ? withTask(change, task.id, waitEnded(task)) : change;
}
