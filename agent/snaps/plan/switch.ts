/** Following another channel or cohort, without another revision. Pure; texts are snapd's. */

import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { resolveChannel } from '../record/channel.ts';
import { type SnapRecord, sideInfoOf } from '../record/model.ts';
import { checkNoConflict } from './check-free.ts';
import { type Draft, draft, listed } from './draft.ts';
import { installedSnap } from './installed.ts';
import { pinnedTrack } from './pinned.ts';
import { type SnapSetup, setupKey } from './setup.ts';
import { changeData } from './targets.ts';
import type { PlanView } from './view.ts';
import { shortened } from './words.ts';

export interface SwitchRequest {
  readonly name: string;
  readonly channel?: string;
  readonly cohort?: string;
  readonly leaveCohort?: boolean;
}

/** @throws SnapsError, and nothing has changed */
export function planSwitch(view: PlanView, request: SwitchRequest): ChangePlan {
  const { name, channel = '', cohort, leaveCohort = false } = request;
  if (cohort !== undefined && leaveCohort) {
    throw new SnapsError('bad-request', 'cannot specify both cohort-key and leave-cohort', { snap: name });
  }
  const record = installedSnap(view, name);
  checkNoConflict(view, name);
  const to = resolveChannel(record.tracking, channel, pinnedTrack(view.device, name));
  const task = switchTask('switch-snap', record, to, leaveCohort ? undefined : (cohort ?? record.cohort));
  return {
    ...{ kind: 'switch-snap', summary: changeSummary(request), data: changeData([name]) },
    tasks: listed([task]),
  };
}

/** The task that writes the channel and cohort of its setup into the record. */
export function switchTask(
  kind: 'switch-snap' | 'switch-snap-channel',
  record: SnapRecord,
  channel: string,
  cohort: string | undefined,
): Draft {
  const { instance, type, version, base, epoch, flags, current } = record;
  const side = sideInfoOf(record, current);
  if (side === undefined)
    throw new SnapsError('not-installed', `snap "${instance}" is not installed`, { snap: instance });
  const setup: SnapSetup = {
    ...{ operation: 'switch', instance, side, type, version, epoch, flags, channel, source: { kind: 'present' } },
    ...(base === undefined ? {} : { base }),
    ...(cohort === undefined ? {} : { cohort }),
    ...(current === undefined ? {} : { previous: current }),
  };
  return draft(kind, taskSummary(record, channel, cohort), { snap: instance, [setupKey]: setup });
}

function taskSummary(record: SnapRecord, channel: string, cohort: string | undefined): string {
  const { instance, tracking } = record;
  const cohorts = cohortWords(record.cohort, cohort);
  const channels =
    tracking === channel
      ? ''
      : tracking === ''
        ? `to channel "${channel}"`
        : `from channel "${tracking}" to "${channel}"`;
  if (channels === '' && cohorts === '') return 'No change switch (no-op)';
  return `Switch snap "${instance}" ${[channels, cohorts].filter((words) => words !== '').join(' and ')}`;
}

function cohortWords(from: string | undefined, to: string | undefined): string {
  if (from === to) return '';
  if (to === undefined) return `away from cohort "${shortened(from ?? '')}"`;
  if (from === undefined) return `from no cohort to "${shortened(to)}"`;
  return `from cohort "${shortened(from)}" to "${shortened(to)}"`;
}

function changeSummary({ name, channel = '', cohort, leaveCohort = false }: SwitchRequest): string {
  const where = [
    ...(channel === '' ? [] : [`to channel "${channel}"`]),
    ...(leaveCohort ? ['away from cohort'] : []),
    ...(cohort === undefined
      ? []
      : [channel === '' ? `to cohort "${shortened(cohort)}"` : `cohort "${shortened(cohort)}"`]),
  ].join(' and ');
  return where === '' ? `Switch "${name}" snap` : `Switch "${name}" snap ${where}`;
}
