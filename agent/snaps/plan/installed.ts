/** The record of a snap that a request names. Pure. */
import { SnapsError } from '../error.ts';
import { isInstalled, type SnapRecord } from '../record/model.ts';
import type { PlanView } from './view.ts';

/** @throws SnapsError `not-installed` */
export function installedSnap({ records }: Pick<PlanView, 'records'>, instance: string): SnapRecord {
  const record = records.get(instance);
  if (isInstalled(record)) return record;
  throw new SnapsError('not-installed', `snap "${instance}" is not installed`, { snap: instance });
}
