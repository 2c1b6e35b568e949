/** Going back to a revision that is on the device: without network, without new data (`snaps.md` §9.4, §18). Pure. */

import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { placeOf, type RevertStatus, type SnapFlags, type SnapRecord, sideInfoOf } from '../record/model.ts';
import { previousRevision } from '../record/sequence.ts';
import { checkModes } from './check-confinement.ts';
import { checkNoConflict, checkNotRunning } from './check-free.ts';
import { slotOfSnap } from './essential.ts';
import { installedSnap } from './installed.ts';
import type { SnapSetup } from './setup.ts';
import { changeData, tasksFor } from './targets.ts';
import type { PlanView } from './view.ts';

export interface RevertRequest {
  readonly name: string;
  /** The one before the current where none is given. */
  readonly revision?: string;
  readonly flags?: SnapFlags;
  /** Whether the revision that is left may come again by itself. */
  readonly status?: RevertStatus;
  readonly ignoreRunning?: boolean;
}

/** @throws SnapsError, and nothing has changed */
export function planRevert(view: PlanView, request: RevertRequest): ChangePlan {
  const { name } = request;
  checkModes(request.flags ?? {});
  const record = installedSnap(view, name);
  const refuse = (why: string): never => {
    throw new SnapsError('bad-request', why, { snap: name });
  };
  const revision = request.revision ?? previousRevision(record);
  if (revision === undefined) return refuse('no revision to revert to');
  if (revision === record.current) refuse('already on requested revision');
  if (!record.active) refuse('cannot revert inactive snaps');
  const side = sideInfoOf(record, revision);
  if (side === undefined || placeOf(record, revision) < 0)
    return refuse(`cannot find revision ${revision} for snap "${name}"`);
  const facts = view.facts(name, revision);
  if (facts === undefined) throw new SnapsError('damaged', `cannot read snap "${name}" (${revision})`, { snap: name });
  const slot = slotOfSnap(record, view.device);
  if (slot !== undefined && !view.device.slots.has(slot)) {
    throw new SnapsError(
      'not-supported',
      `cannot revert "${name}": the boot script of this device cannot try a ${slot}`,
      { snap: name },
    );
  }
  checkNoConflict(view, name);
  if (request.ignoreRunning !== true) checkNotRunning(view, name);
  const setup: SnapSetup = {
    ...{ operation: 'revert', instance: name, side, flags: flagsAfter(record, request.flags ?? {}) },
    ...{ type: facts.type, version: facts.version, epoch: facts.epoch, source: { kind: 'present' } },
    ...(facts.base === undefined ? {} : { base: facts.base }),
    ...(record.cohort === undefined ? {} : { cohort: record.cohort }),
    ...(record.current === undefined ? {} : { previous: record.current }),
    ...(request.ignoreRunning === true ? { ignoreRunning: true } : {}),
    revert: request.status ?? 'default',
  };
  return {
    ...{ kind: 'revert-snap', summary: `Revert "${name}" snap`, data: changeData([name]) },
    tasks: tasksFor(view, [setup], 'per-snap'),
  };
}

/** The mode of the snap stays, unless another is asked for. */
function flagsAfter({ flags }: SnapRecord, asked: SnapFlags): SnapFlags {
  if (asked.devmode === true || asked.jailmode === true || asked.classic === true) return asked;
  const { devmode, jailmode, classic } = flags;
  return {
    ...asked,
    ...(devmode === true ? { devmode } : {}),
    ...(jailmode === true ? { jailmode } : {}),
    ...(classic === true ? { classic } : {}),
  };
}
