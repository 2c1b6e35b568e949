/**
 * Refreshing installed snaps to what a store offers, or to a revision that is on the device. What the store offers is an
 * argument: asking it is not done here. Pure.
 */

import type { TaskData } from '../../engine/model.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { fullChannel, resolveChannel } from '../record/channel.ts';
import { placeOf, type SideInfo, type SnapFlags, type SnapRecord, sideInfoOf } from '../record/model.ts';
import { blockedRevisions } from '../record/sequence.ts';
import type { Transaction } from './arrange.ts';
import { checkModes, modesFor } from './check-confinement.ts';
import { checkFit } from './check-fit.ts';
import { checkNoConflict, checkNotRunning, checkSpace } from './check-free.ts';
import type { Draft } from './draft.ts';
import { installedSnap } from './installed.ts';
import { pinnedTrack } from './pinned.ts';
import { refreshSummary } from './refresh-words.ts';
import type { SnapSetup, Source } from './setup.ts';
import { switchTask } from './switch.ts';
import { changeData, tasksFor } from './targets.ts';
import type { PlanView, SnapFacts } from './view.ts';

/** What a store offers for a snap. */
export interface Candidate {
  readonly instance: string;
  readonly facts: SnapFacts;
  readonly snapId: string;
  readonly revision: string;
  /** Bytes. */
  readonly size: number;
  /** What download-snap needs: address, digest, deltas. */
  readonly download: TaskData;
}

export interface RefreshRequest {
  /** Empty: all. */
  readonly names: readonly string[];
  readonly candidates: readonly Candidate[];
  /** These four only with one name. */
  readonly channel?: string;
  readonly revision?: string;
  readonly cohort?: string;
  readonly leaveCohort?: boolean;
  /** Snaps of local files may go over to the store's. */
  readonly amend?: boolean;
  readonly flags?: SnapFlags;
  readonly ignoreRunning?: boolean;
  readonly transaction?: Transaction;
  /** Nobody asked for it. */
  readonly automatic?: boolean;
  /** Snaps that are held at the level of this refresh; they are passed over where all are refreshed. */
  readonly held?: ReadonlySet<string>;
  /** Whether this revision may be tried again by itself after it failed. */
  mayTry?(instance: string, revision: string): boolean;
}

/** @throws SnapsError, and nothing has changed */
export function planRefresh(view: PlanView, request: RefreshRequest): ChangePlan {
  checkModes(request.flags ?? {});
  const isOne = request.names.length === 1;
  const names = request.names.length === 0 ? [...view.records.keys()] : [...new Set(request.names)];
  const records = names.map((name) => installedSnap(view, name)).filter((record) => mayRefresh(request, record));
  const together = new Set(
    request.candidates.filter(({ facts }) => facts.type === 'base').map(({ instance }) => instance),
  );
  const steps = records.map((record) => stepOf(view, request, record, together));
  const setups = steps.flatMap((step) => (step.kind === 'refresh' ? [step.setup] : []));
  const switches = steps.flatMap((step) => (step.kind === 'switch' ? [step.task] : []));
  if (isOne && setups.length === 0 && switches.length === 0) {
    throw new SnapsError('no-update-available', 'snap has no updates available', { snap: names[0] ?? '' });
  }
  const affected = steps.flatMap((step) => (step.kind === 'nothing' ? [] : [step.instance]));
  const needed = setups.reduce((sum, { source }) => sum + (source.kind === 'store' ? source.size : 0), 0);
  checkSpace(view, 'refresh', affected, needed);
  return {
    kind: request.automatic === true ? 'auto-refresh' : 'refresh-snap',
    summary: refreshSummary({ ...request, names: request.names.length === 0 ? [] : names }, affected),
    data: changeData(affected),
    tasks: tasksFor(view, setups, request.transaction ?? 'per-snap', switches),
  };
}

/** Whether a snap takes part. What is asked for by its one name is refused with a reason, all others are passed over. */
function mayRefresh({ names, held, amend }: RefreshRequest, record: SnapRecord): boolean {
  const { instance, active, flags } = record;
  const isAll = names.length === 0;
  if (!active) {
    if (names.length !== 1) return false;
    throw new SnapsError('bad-request', `refreshing disabled snap "${instance}" not supported`, { snap: instance });
  }
  if (isAll && (flags.devmode === true || held?.has(instance) === true)) return false;
  const isLocal = (sideInfoOf(record, record.current)?.snapId ?? '') === '';
  if (!isLocal || amend === true) return true;
  if (names.length !== 1) return false;
  throw new SnapsError(
    'local-snap',
    `local snap "${instance}" is unknown to the store, use --amend to proceed anyway`,
    {
      snap: instance,
    },
  );
}

type RefreshStep =
  | { readonly kind: 'refresh'; readonly instance: string; readonly setup: SnapSetup }
  | { readonly kind: 'switch'; readonly instance: string; readonly task: Draft }
  | { readonly kind: 'nothing' };

function stepOf(
  view: PlanView,
  request: RefreshRequest,
  record: SnapRecord,
  together: ReadonlySet<string>,
): RefreshStep {
  const { instance } = record;
  const channel = resolveChannel(record.tracking, request.channel ?? '', pinnedTrack(view.device, instance));
  const cohort = request.leaveCohort === true ? undefined : (request.cohort ?? record.cohort);
  const coming = comingFor(view, request, record);
  if (coming === undefined || coming.side.revision === record.current) {
    if (fullChannel(channel) === record.tracking && cohort === record.cohort) return { kind: 'nothing' };
    checkNoConflict(view, instance);
    return { kind: 'switch', instance, task: switchTask('switch-snap-channel', record, channel, cohort) };
  }
  const { facts, side, source } = coming;
  // Devmode and jailmode are asked for each time, as with snapd.
  const kept = request.names.length !== 1 && record.flags.ignoreValidation === true ? { ignoreValidation: true } : {};
  const modes = { ...kept, ...modesFor(instance, facts, request.flags ?? {}, record.flags, view.device) };
  checkFit(view, { instance, facts, snapId: side.snapId, revision: side.revision }, together);
  checkNoConflict(view, instance);
  if (request.ignoreRunning !== true && request.automatic !== true) checkNotRunning(view, instance);
  const setup: SnapSetup = {
    ...{ operation: 'refresh', instance, side, source, flags: modes },
    ...{ type: facts.type, version: facts.version, epoch: facts.epoch },
    ...(facts.base === undefined ? {} : { base: facts.base }),
    ...(channel === '' ? {} : { channel }),
    ...(cohort === undefined ? {} : { cohort }),
    ...(record.current === undefined ? {} : { previous: record.current }),
    ...(request.ignoreRunning === true ? { ignoreRunning: true } : {}),
    ...(request.automatic === true ? { automatic: true } : {}),
  };
  return { kind: 'refresh', instance, setup };
}

interface ComingRevision {
  readonly facts: SnapFacts;
  readonly side: SideInfo;
  readonly source: Source;
}

/** The revision that a snap goes to; `undefined` where there is none for it. */
function comingFor(view: PlanView, request: RefreshRequest, record: SnapRecord): ComingRevision | undefined {
  const { instance } = record;
  if (request.revision !== undefined && placeOf(record, request.revision) >= 0) {
    return presentRevision(view, record, request.revision);
  }
  const candidate = request.candidates.find((offered) => offered.instance === instance);
  if (candidate === undefined || isUnwanted(request, record, candidate.revision)) return undefined;
  if (placeOf(record, candidate.revision) >= 0) return presentRevision(view, record, candidate.revision);
  const { facts, snapId, revision, size, download } = candidate;
  return { facts, side: { name: facts.name, snapId, revision }, source: { kind: 'store', size, download } };
}

/** What was reverted from, or has just failed here, comes again only where somebody asks for it. */
function isUnwanted({ names, automatic, mayTry }: RefreshRequest, record: SnapRecord, revision: string): boolean {
  if (names.length === 0 && blockedRevisions(record).includes(revision)) return true;
  return automatic === true && mayTry?.(record.instance, revision) === false;
}

/** @throws SnapsError `damaged` where its file cannot be read */
function presentRevision(view: PlanView, record: SnapRecord, revision: string): ComingRevision {
  const { instance } = record;
  const facts = view.facts(instance, revision);
  const side = sideInfoOf(record, revision);
  if (facts === undefined || side === undefined) {
    throw new SnapsError('damaged', `cannot read snap "${instance}" (${revision})`, { snap: instance });
  }
  return { facts, side, source: { kind: 'present' } };
}
