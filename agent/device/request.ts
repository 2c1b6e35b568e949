/** What may be asked of the device about snaps, and the plan that answers it. Planning changes nothing. */
import type { ChangePlan } from '../engine/plan.ts';
import { type AliasRequest, planAliases } from '../snaps/plan/aliases.ts';
import { planDisable, planEnable } from '../snaps/plan/enable.ts';
import { planRefresh, type RefreshRequest } from '../snaps/plan/refresh.ts';
import { planRemove, type RemoveRequest } from '../snaps/plan/remove.ts';
import { planRevert, type RevertRequest } from '../snaps/plan/revert.ts';
import { planSwitch, type SwitchRequest } from '../snaps/plan/switch.ts';
import { type HoldRequest, planHold } from './hold.ts';
import type { Parts } from './parts.ts';
import { planSaved, type SavedRequest, withSet } from './plan-saved.ts';
import { type InstallUploads, planUploads } from './plan-uploads.ts';
import { viewOf } from './view.ts';

export type SnapRequest =
  | InstallUploads
  | ({ readonly action: 'refresh' } & Omit<RefreshRequest, 'candidates' | 'held' | 'mayTry'>)
  | ({ readonly action: 'revert' } & RevertRequest)
  | ({ readonly action: 'remove' } & Omit<RemoveRequest, 'snapshotSet'>)
  | { readonly action: 'enable' | 'disable'; readonly name: string }
  | ({ readonly action: 'switch' } & SwitchRequest)
  | AliasRequest
  | HoldRequest
  | SavedRequest;

/**
 * @param isStarted the plan will be started: what it uses up is taken now
 * @throws SnapsError, SavedError, DiskError; and nothing has changed
 */
export async function planRequest(parts: Parts, request: SnapRequest, isStarted: boolean): Promise<ChangePlan> {
  switch (request.action) {
    case 'install':
      return planUploads(parts, request);
    case 'refresh': {
      const { names } = request;
      const facts = request.revision === undefined ? [] : names;
      // There is no store to ask yet: only what is on the device can be gone to.
      return planRefresh(await viewOf(parts, { facts, running: names }), { ...request, candidates: [] });
    }
    case 'revert':
      return planRevert(await viewOf(parts, { facts: [request.name], running: [request.name] }), request);
    case 'remove': {
      const facts = basesAreAsked(parts, request.names) ? allNames(parts) : request.names;
      const view = await viewOf(parts, { facts, running: [], sizes: request.names });
      return withSet(parts, isStarted, (snapshotSet) => planRemove(view, { ...request, snapshotSet }));
    }
    case 'enable':
      return planEnable(await plainView(parts), request.name);
    case 'disable':
      return planDisable(await plainView(parts), request.name);
    case 'switch':
      return planSwitch(await plainView(parts), request);
    case 'alias':
    case 'unalias':
    case 'prefer':
      return planAliases(await plainView(parts), request);
    case 'hold':
    case 'unhold':
      return planHold(await plainView(parts), request);
    case 'save':
    case 'restore':
    case 'check':
    case 'forget':
      return planSaved(parts, request, isStarted);
  }
}

function plainView(parts: Parts) {
  return viewOf(parts, { facts: [], running: [] });
}

/** Who needs a base is told by what each revision of each snap says. */
function basesAreAsked({ snapRecords }: Parts, names: readonly string[]): boolean {
  return names.some((name) => ['base', 'os'].includes(snapRecords.get(name)?.type ?? ''));
}

function allNames({ snapRecords }: Parts): string[] {
  return snapRecords.all().map(({ instance }) => instance);
}
