/** Installing local files, also over a revision that is installed (then it is a refresh in all but name). Pure. */
import { checkInstanceName, splitInstanceName } from '../../../images/snap/index.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { checkNamespace } from '../record/alias-conflicts.ts';
import { resolveChannel } from '../record/channel.ts';
import { isInstalled, placeOf, type SideInfo, type SnapFlags } from '../record/model.ts';
import type { Transaction } from './arrange.ts';
import { checkModes, modesFor } from './check-confinement.ts';
import { checkFit } from './check-fit.ts';
import { checkNoConflict, checkNotRunning, checkSpace } from './check-free.ts';
import { pinnedTrack } from './pinned.ts';
import type { SnapSetup } from './setup.ts';
import { changeData, tasksFor } from './targets.ts';
import type { PlanView, SnapFacts } from './view.ts';
import { quoted } from './words.ts';

/** A snap file that was received. */
export interface SnapFile {
  /** Absolute path of what was uploaded. */
  readonly path: string;
  /** What the user calls it. */
  readonly title: string;
  readonly facts: SnapFacts;
  /** Bytes. */
  readonly size: number;
  readonly sha256?: string;
  /** What signatures say of it; missing where there are none. */
  readonly signed?: { readonly snapId: string; readonly revision: string };
}

export interface InstallRequest {
  readonly files: readonly SnapFile[];
  /** The instance to install, `<name>_<key>`; only for one file. */
  readonly name?: string;
  /** Take files without signatures; devmode and so on imply nothing here. */
  readonly dangerous: boolean;
  readonly flags: SnapFlags;
  readonly channel?: string;
  readonly transaction?: Transaction;
  readonly unaliased?: boolean;
  readonly ignoreRunning?: boolean;
}

/** @throws SnapsError, and nothing has changed */
export function planInstall(view: PlanView, request: InstallRequest): ChangePlan {
  const { files, flags } = request;
  if (files.length === 0) throw new SnapsError('bad-request', 'cannot install zero snaps');
  checkModes(flags);
  const together = new Set(files.filter(({ facts }) => facts.type === 'base').map(({ facts }) => facts.name));
  const setups = files.map((file) => setupOf(view, request, file, together));
  const instances = setups.map(({ instance }) => instance);
  const twice = instances.find((instance, place) => instances.indexOf(instance) !== place);
  if (twice !== undefined)
    throw new SnapsError('bad-request', `cannot install snap "${twice}": it is given twice`, { snap: twice });
  const needed = setups.reduce((sum, { source }) => sum + (source.kind === 'file' ? source.size : 0), 0);
  checkSpace(view, 'install', instances, needed);
  const titles = quoted(files.map(({ title }) => title));
  const summary =
    files.length === 1
      ? `Install ${quoted(instances)} snap from file ${titles}`
      : `Install snaps ${quoted(instances)} from files ${titles}`;
  return {
    ...{ kind: 'install-snap', summary, data: changeData(instances) },
    tasks: tasksFor(view, setups, request.transaction ?? 'per-snap'),
  };
}

function setupOf(view: PlanView, request: InstallRequest, file: SnapFile, together: ReadonlySet<string>): SnapSetup {
  const { facts, signed, title } = file;
  const instance = instanceOf(request, facts.name);
  const record = view.records.get(instance);
  const before = isInstalled(record) ? record : undefined;
  if (instance === 'system')
    throw new SnapsError('bad-request', "cannot install reserved snap name 'system'", { snap: instance });
  if (signed === undefined && !request.dangerous) {
    throw new SnapsError('bad-request', `cannot find signatures with metadata for snap/component "${title}"`, {
      snap: instance,
    });
  }
  if (before?.active === false) {
    throw new SnapsError('bad-request', `cannot update disabled snap "${instance}"`, { snap: instance });
  }
  const flags = modesFor(instance, facts, request.flags, before?.flags ?? {}, view.device);
  const revision = signed?.revision ?? view.nextLocalRevision(instance);
  const side: SideInfo = { name: facts.name, snapId: signed?.snapId ?? '', revision };
  checkFit(view, { instance, facts, snapId: side.snapId, revision }, together);
  if (before === undefined) checkNamespace(instance, view.records.values());
  checkNoConflict(view, instance);
  if (request.ignoreRunning !== true && before !== undefined) checkNotRunning(view, instance);
  const isPresent = before !== undefined && placeOf(before, revision) >= 0;
  const channel = resolveChannel(before?.tracking ?? '', request.channel ?? '', pinnedTrack(view.device, instance));
  const isParallel = splitInstanceName(instance).key !== '' && before === undefined;
  return {
    ...{ operation: before === undefined ? 'install' : 'refresh', instance, side, flags },
    ...{ type: facts.type, version: facts.version, epoch: facts.epoch },
    ...(facts.base === undefined ? {} : { base: facts.base }),
    ...(channel === '' ? {} : { channel }),
    ...(before?.cohort === undefined ? {} : { cohort: before.cohort }),
    ...(before?.current === undefined ? {} : { previous: before.current }),
    // The aliases belong to the instance without a key.
    ...(request.unaliased === true || isParallel ? { unaliased: true } : {}),
    ...(request.ignoreRunning === true ? { ignoreRunning: true } : {}),
    source: isPresent
      ? { kind: 'present', unused: file.path }
      : {
          kind: 'file',
          path: file.path,
          size: file.size,
          ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }),
        },
  };
}

/** @throws SnapsError `bad-request` where the name that was asked for is not one for this snap */
function instanceOf({ name, files }: InstallRequest, snapName: string): string {
  const instance = name ?? snapName;
  if (name !== undefined && files.length > 1) {
    throw new SnapsError('bad-request', 'cannot install several snaps under one instance name');
  }
  try {
    checkInstanceName(instance);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SnapsError('bad-request', `invalid instance name: ${why}`, { cause });
  }
  if (splitInstanceName(instance).name !== snapName) {
    const text = `instance name "${instance}" does not match snap name "${snapName}"`;
    throw new SnapsError('bad-request', text, { snap: instance });
  }
  return instance;
}
