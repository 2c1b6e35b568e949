/** Which snaps may go (`snaps.md` §21). Pure; reasons are snapd's. */
import { isInstalled, type SnapRecord } from '../record/model.ts';
import { bootBase } from './essential.ts';
import type { PlanView } from './view.ts';

const usedByModel = 'snap is used by the model';
const usedForBoot = 'snap is being used for boot';
const required = 'snap is required';

/**
 * Why a snap, or one of its revisions, cannot be removed; `undefined` where it can.
 * @param revision the one to remove where others stay
 * @param removals all instances that go in this change
 */
export function whyNotRemovable(
  view: PlanView,
  record: SnapRecord,
  revision: string | undefined,
  removals: ReadonlySet<string>,
): string | undefined {
  const { device } = view;
  const { instance, type } = record;
  if (!device.runMode) return 'no snaps are removable in any of the ephemeral modes';
  // Not only kernels and bases: here a gadget boots, too, and what is armed or would be gone back to stays as well.
  if (revision !== undefined) return view.isBootUsed(instance, revision) ? usedForBoot : undefined;
  switch (type) {
    case 'kernel':
    case 'gadget':
      return device.model[type] === instance ? usedByModel : usedByBoot(view, record);
    case 'base':
    case 'os':
      return whyNotBase(view, record, removals);
    case 'snapd':
      if (!device.classic) return 'snapd required on core devices';
      return view.records.size > 1 ? 'remove all other snaps first' : undefined;
    case 'app':
      return record.flags.required === true ? required : undefined;
  }
}

function usedByBoot(view: PlanView, { instance, sequence }: SnapRecord): string | undefined {
  return sequence.some(({ revision }) => view.isBootUsed(instance, revision)) ? usedForBoot : undefined;
}

function whyNotBase(view: PlanView, record: SnapRecord, removals: ReadonlySet<string>): string | undefined {
  const { device, records } = view;
  const { instance, type } = record;
  if (!device.classic && instance === bootBase(device)) return usedByModel;
  if (type === 'os' && !isInstalled(records.get('snapd')) && device.classic) {
    return 'core snap cannot be removed if snapd snap is not installed';
  }
  if (record.flags.required === true) return required;
  const users = usersOf(view, record).filter((name) => !removals.has(name));
  return users.length > 0 ? `snap is being used by ${usersWords(users)}` : usedByBoot(view, record);
}

/** Apps and gadgets with a revision, whichever, that needs this base; by name. */
function usersOf(view: PlanView, base: SnapRecord): string[] {
  const users = [...view.records.values()].filter(
    (record) =>
      (record.type === 'app' || record.type === 'gadget') &&
      record.sequence.some(({ revision }) => basesOf(view, record.instance, revision).includes(base.instance)),
  );
  return users.map(({ instance }) => instance).toSorted();
}

/** What provides the base of a revision: its base, and `core` for none, or for core16 where that is not installed. */
export function basesOf(view: PlanView, instance: string, revision: string): string[] {
  const facts = view.facts(instance, revision);
  if (facts === undefined || facts.base === 'none') return [];
  if (facts.base === undefined) return facts.type === 'app' ? ['core'] : [];
  return facts.base === 'core16' && !view.records.has('core16') ? ['core16', 'core'] : [facts.base];
}

function usersWords(users: readonly string[]): string {
  const [first, ...others] = users;
  if (others.length === 0) return `snap ${first}.`;
  if (users.length <= 5) return `snaps ${users.slice(0, -1).join(', ')} and ${users.at(-1)}.`;
  return `snaps ${users.slice(0, 5).join(', ')} and ${users.length - 5} more.`;
}
