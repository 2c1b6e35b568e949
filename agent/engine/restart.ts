/** Tasks that need the device to reboot: which of them stops its change, and which goes on after one. Pure. */
import { type Boundary, type Change, isReady, logged, mapTasks, type Task, type WaitedStatus } from './model.ts';
import { statusOf } from './status.ts';

/** Where a waiting task keeps the boot that has to end; snapd's name. */
export const waitBootKey = 'wait-for-system-restart-from-boot-id';
/** Where a change keeps that a task of it has asked for a reboot, and in which boot; snapd's name. */
export const pendingRestartKey = 'pending-system-restart';

/** What the log of a task says that waits for one; snapd's words. */
export const waitText = 'Task set to wait until a system restart allows to continue';

/** What is made of a task that has come to its end and asked for a reboot. */
export function restartRequested(change: Change, task: Task, status: WaitedStatus, bootId: string, time: string): Task {
  const direction = status === 'Done' ? 'do' : 'undo';
  const isBoundary = (other: Task) => isOneOf(other.boundary, direction);
  // A change that names no boundary stops at each task that asks.
  const isWaiting = isBoundary(task) || !change.tasks.some(isBoundary);
  if (!isWaiting) {
    return { ...task, status, log: logged(task.log, 'INFO', 'Task has requested a system restart', time) };
  }
  return {
    ...task,
    status: 'Wait',
    waited: status,
    data: { ...task.data, [waitBootKey]: bootId },
    log: logged(task.log, 'INFO', waitText, time),
  };
}

/** True where a change has run as far as it can before the reboot that one of its tasks asked for in this boot. */
export function isRestartDue(change: Change, bootId: string): boolean {
  const status = statusOf(change);
  return change.data[pendingRestartKey] === bootId && (status === 'Wait' || isReady(status));
}

/** True where a task waits for the device to reboot. */
export function waitsForRestart({ tasks }: Change): boolean {
  return tasks.some(({ status, data }) => status === 'Wait' && data[waitBootKey] !== undefined);
}

function isOneOf(boundary: Boundary | undefined, direction: 'do' | 'undo'): boolean {
  return boundary === 'both' || boundary === direction;
}

/** The change in this boot: what waited for an earlier one to end has waited enough. */
export function resumed(change: Change, bootId: string): Change {
  const hasWaited = ({ status, data }: Task) =>
    status === 'Wait' && data[waitBootKey] !== undefined && data[waitBootKey] !== bootId;
  if (!change.tasks.some(hasWaited)) return change;
  return mapTasks(change, (task) => (hasWaited(task) ? waitEnded(task) : task));
}

/** A task whose waiting has ended. */
export function waitEnded(task: Task): Task {
  return { ...task, status: task.waited ?? 'Done', waited: undefined };
}
