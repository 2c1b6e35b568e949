/** Enabling and disabling a snap: its data stays, its programs come and go. Pure; texts are snapd's. */
import type { SnapType } from '../../../images/snap/index.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { type SnapRecord, sideInfoOf } from '../record/model.ts';
import { checkNoConflict } from './check-free.ts';
import { chained, type Draft, draft, listed } from './draft.ts';
import { installedSnap } from './installed.ts';
import { type SnapSetup, setupKey } from './setup.ts';
import { changeData } from './targets.ts';
import type { PlanView } from './view.ts';

/** @throws SnapsError, and nothing has changed */
export function planEnable(view: PlanView, name: string): ChangePlan {
  const record = installedSnap(view, name);
  if (record.active) throw new SnapsError('bad-request', `snap "${name}" already enabled`, { snap: name });
  checkNoConflict(view, name);
  const what = `"${name}" (${record.current})`;
  return planOf('enable-snap', `Enable "${name}" snap`, [
    first(record, 'enable', 'prepare-snap', `Prepare snap ${what}`),
    draft('setup-profiles', `Setup snap ${what} security profiles`, { snap: name }),
    draft('link-snap', `Make snap ${what} available to the system`, { snap: name }),
    draft('setup-aliases', `Setup snap "${name}" aliases`, { snap: name }),
    draft('start-snap-services', `Start snap ${what} services`, { snap: name }),
  ]);
}

/** Without these the device would not boot, or other snaps would not run. */
const needed: readonly SnapType[] = ['gadget', 'kernel', 'os', 'base'];

/** @throws SnapsError, and nothing has changed */
export function planDisable(view: PlanView, name: string): ChangePlan {
  const record = installedSnap(view, name);
  if (!record.active) throw new SnapsError('bad-request', `snap "${name}" already disabled`, { snap: name });
  if (needed.includes(record.type))
    throw new SnapsError('bad-request', `snap "${name}" cannot be disabled`, { snap: name });
  checkNoConflict(view, name);
  const what = `"${name}" (${record.current})`;
  return planOf('disable-snap', `Disable "${name}" snap`, [
    first(record, 'disable', 'stop-snap-services', `Stop snap ${what} services`, { 'stop-reason': 'disable' }),
    draft('remove-aliases', `Remove aliases for snap "${name}"`, { snap: name, 'remove-reason': 'disable' }),
    draft('unlink-snap', `Make snap ${what} unavailable to the system`, { snap: name, 'unlink-reason': 'disable' }),
    draft('remove-profiles', `Remove security profiles of snap "${name}"`, { snap: name }),
  ]);
}

function planOf(kind: string, summary: string, drafts: readonly Draft[]): ChangePlan {
  const names = drafts.flatMap(({ data }) => (typeof data['snap'] === 'string' ? [data['snap']] : []));
  return { kind, summary, data: changeData([...new Set(names)]), tasks: listed(chained(drafts)) };
}

function first(
  record: SnapRecord,
  operation: 'enable' | 'disable',
  kind: string,
  summary: string,
  data: Draft['data'] = {},
): Draft {
  const { instance } = record;
  const side = sideInfoOf(record, record.current);
  if (side === undefined)
    throw new SnapsError('not-installed', `snap "${instance}" is not installed`, { snap: instance });
  return draft(kind, summary, { snap: instance, [setupKey]: setupOf(record, operation, side), ...data });
}

/** Of a snap that stays at its revision. */
export function setupOf(record: SnapRecord, operation: SnapSetup['operation'], side: SnapSetup['side']): SnapSetup {
  const { instance, type, version, base, epoch, flags, current, cohort } = record;
  return {
    ...{ operation, instance, side, type, version, epoch, flags, source: { kind: 'present' } },
    ...(base === undefined ? {} : { base }),
    ...(cohort === undefined ? {} : { cohort }),
    ...(current === undefined ? {} : { previous: current }),
  };
}
