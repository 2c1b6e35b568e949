/** Whether a revision may come to this device at all, before any task is made (`snaps.md` §3, §17). Pure; texts are snapd's. */
import { canRead, checkArchitecture, formatEpoch } from '../../../images/snap/index.ts';
import { SnapsError } from '../error.ts';
import { isInstalled, type SnapRecord, sideInfoOf } from '../record/model.ts';
import { isLocalRevision } from '../record/revision.ts';
import { checkAssumes } from './assumes.ts';
import { slotOfSnap } from './essential.ts';
import type { PlanView, SnapFacts } from './view.ts';

/** What is to come. */
export interface Coming {
  readonly instance: string;
  readonly facts: SnapFacts;
  /** Empty without signatures. */
  readonly snapId: string;
  readonly revision: string;
}

/**
 * @param together bases that come in the same change
 * @throws SnapsError
 */
export function checkFit(view: PlanView, coming: Coming, together: ReadonlySet<string>): void {
  const { instance, facts } = coming;
  const record = view.records.get(instance);
  try {
    checkArchitecture({ name: instance, architectures: facts.architectures }, view.device.architecture);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SnapsError('wrong-architecture', message, { snap: instance, cause });
  }
  checkAssumes(instance, facts.assumes, view.device);
  if (isInstalled(record)) {
    checkType(coming, record);
    checkEpoch(coming, record);
  }
  checkParallel(view, coming);
  checkBootSnap(view, coming);
  checkBase(view, coming, together);
}

function refused(code: 'bad-request' | 'not-supported' | 'not-for-this-device', snap: string, why: string): never {
  throw new SnapsError(code, why, { snap });
}

/** Only between the two names of the old core may a snap change what it is. */
function checkType({ instance, facts }: Coming, record: SnapRecord): void {
  const pair = [record.type, facts.type].toSorted().join(' ');
  if (record.type === facts.type || pair === 'base os' || pair === 'app snapd') return;
  refused('bad-request', instance, `cannot change type from ${record.type} to ${facts.type} of snap "${instance}"`);
}

/** A revision must be able to read the data that the one before it has written. */
function checkEpoch({ instance, facts, revision }: Coming, record: SnapRecord): void {
  if (canRead(facts.epoch, record.epoch)) return;
  const what = isLocalRevision(revision) ? 'local snap' : `new revision ${revision}`;
  refused(
    'bad-request',
    instance,
    `cannot refresh "${instance}" to ${what} with epoch ${formatEpoch(facts.epoch)}, because it can't read the current epoch of ${formatEpoch(record.epoch)}`,
  );
}

function checkParallel({ options }: PlanView, { instance, facts }: Coming): void {
  if (!instance.includes('_')) return;
  if (!options.parallelInstances) {
    const how = "experimental feature disabled - test it by setting 'experimental.parallel-instances' to true";
    refused('bad-request', instance, `feature flag validation failed for snap "${instance}": ${how}`);
  }
  if (facts.type !== 'app')
    refused('bad-request', instance, `cannot install snap of type ${facts.type} as "${instance}"`);
}

/** A device keeps its kernel and its gadget, and of the same maker; and it tries only what its boot script can try. */
function checkBootSnap({ records, device }: PlanView, { instance, facts, snapId }: Coming): void {
  const { type } = facts;
  if (type === 'kernel' || type === 'gadget') {
    const own = records.get(device.model[type] ?? '') ?? [...records.values()].find((record) => record.type === type);
    const ownId = own === undefined ? '' : (sideInfoOf(own, own.current)?.snapId ?? '');
    if (own !== undefined && ownId !== '' && snapId === '' && device.model.grade !== 'dangerous') {
      refused('not-for-this-device', instance, `cannot replace signed ${type} snap with an unasserted one`);
    }
    const isOther = ownId !== '' && snapId !== '' ? ownId !== snapId : own?.instance !== instance;
    if (own !== undefined && isOther) {
      refused('not-for-this-device', instance, `cannot replace ${type} snap with a different one`);
    }
  }
  const slot = slotOfSnap({ instance, type }, device);
  if (slot !== undefined && !device.slots.has(slot)) {
    refused(
      'not-supported',
      instance,
      `cannot install "${instance}": the boot script of this device cannot try a ${slot}`,
    );
  }
}

/** Without a store to get it from, a base must be there, or come in the same change. */
function checkBase({ records }: PlanView, { instance, facts }: Coming, together: ReadonlySet<string>): void {
  const { base, type } = facts;
  if ((type !== 'app' && type !== 'gadget') || base === undefined || base === 'none') return;
  if (together.has(base) || records.get(base)?.type === 'base') return;
  if (base === 'core16' && records.has('core')) return;
  refused('bad-request', instance, `cannot find required base "${base}"`);
}
