/** Whether a snap may be worked on now: nothing else does, its programs do not run, there is room. Pure; texts are snapd's. */
import { SnapsError } from '../error.ts';
import type { PlanView } from './view.ts';

/** @throws SnapsError `conflict` */
export function checkNoConflict({ conflict }: Pick<PlanView, 'conflict'>, instance: string): void {
  const found = conflict(instance);
  if (found === undefined) return;
  const { changeKind } = found;
  const text =
    changeKind === undefined
      ? `snap "${instance}" has changes in progress`
      : `snap "${instance}" has "${changeKind}" change in progress`;
  throw new SnapsError('conflict', text, { snap: instance, changeKind });
}

/** @throws SnapsError `busy` */
export function checkNotRunning({ running }: Pick<PlanView, 'running'>, instance: string): void {
  const found = running(instance);
  if (found === undefined) return;
  const apps = found.apps.toSorted().join(', ');
  const hooks = found.hooks.toSorted().join(', ');
  if (apps === '' && hooks === '') return;
  const what =
    apps === '' ? `hooks (${hooks})` : hooks === '' ? `apps (${apps})` : `apps (${apps}) and hooks (${hooks})`;
  const pids = found.pids.toSorted((a, b) => a - b).join(',');
  throw new SnapsError('busy', `snap "${instance}" has running ${what}, pids: ${pids}`, { snap: instance });
}

/** Kept free beyond what is known to be needed; bytes. */
export const spaceMargin = 5 * 1024 * 1024;

/**
 * @param needed bytes
 * @throws SnapsError `no-space`
 */
export function checkSpace(
  { free, options }: Pick<PlanView, 'free' | 'options'>,
  changeKind: 'install' | 'refresh' | 'remove',
  snaps: readonly string[],
  needed: number,
): void {
  if (!options.checkDiskSpace[changeKind] || needed === 0 || needed + spaceMargin <= free) return;
  const why = `insufficient space in "/var/lib/snapd"`;
  const text =
    changeKind === 'remove' && snaps.length === 1
      ? `cannot create automatic snapshot when removing last revision of the snap: ${why}, at least ${needed + spaceMargin} bytes more is required`
      : `${why} to perform "${changeKind}" change for the following snaps: ${snaps.join(', ')}`;
  throw new SnapsError('no-space', text, { snaps, changeKind });
}
