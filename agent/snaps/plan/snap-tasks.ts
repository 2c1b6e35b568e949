/**
 * The tasks that bring one revision of a snap into use: install, refresh and revert (`snaps.md` §9.1, §9.4). Pure.
 *
 * One difference to snapd, on purpose: what cannot be brought back (old revisions, an old kernel's driver tree, trash) goes
 * in the tasks `late`, after the health check, and in a change of several snaps that stand or fall together after all of theirs.
 */

import { chained, type Draft, draft } from './draft.ts';
import { slotOfSnap } from './essential.ts';
import { hookTask, mayConfigure, mayDefaultConfigure } from './hooks.ts';
import { fileNameOfSetup, type SnapSetup, setupKey } from './setup.ts';
import type { DeviceView } from './view.ts';

/** One snap's part of a change, in the spans that the order of several snaps is made of. */
export interface SnapTasks {
  readonly setup: SnapSetup;
  /** Gets the revision to the device; changes nothing that runs. */
  readonly before: readonly Draft[];
  /** Missing where the revision is there already. */
  readonly mount: Draft | undefined;
  /** Up to link-snap, after which a boot set restarts the device. */
  readonly upToLink: readonly Draft[];
  readonly afterLink: readonly Draft[];
  /** Nothing of these can be taken back once the change is over. */
  readonly late: readonly Draft[];
}

/** @param drop revisions that go, in this order */
export function snapTasks(setup: SnapSetup, device: DeviceView, drop: readonly string[]): SnapTasks {
  const before = beforeTasks(setup);
  const mount = setup.source.kind === 'present' ? undefined : task(setup, 'mount-snap', `Mount snap ${named(setup)}`);
  const upToLink = upToLinkTasks(setup, device);
  const afterLink = afterLinkTasks(setup, device);
  const late = lateTasks(setup, device, drop);
  chained([...before, ...(mount === undefined ? [] : [mount]), ...upToLink, ...afterLink]);
  chained(late);
  return { setup, before, mount, upToLink, afterLink, late };
}

function task({ instance }: SnapSetup, kind: string, summary: string, data: Draft['data'] = {}): Draft {
  return draft(kind, summary, { snap: instance, ...data });
}

function named({ instance, side }: SnapSetup): string {
  return `"${instance}" (${side.revision})`;
}

function beforeTasks(setup: SnapSetup): Draft[] {
  const { instance, side, source, channel } = setup;
  const get =
    source.kind === 'store'
      ? [
          task(setup, 'download-snap', `Download snap ${named(setup)} from channel "${channel ?? ''}"`),
          task(setup, 'validate-snap', `Fetch and check assertions for snap ${named(setup)}`),
        ]
      : [task(setup, 'prepare-snap', `Prepare snap "${source.kind === 'file' ? source.path : ''}" (${side.revision})`)];
  return [
    task(setup, 'prerequisites', `Ensure prerequisites for "${instance}" are available`, { [setupKey]: setup }),
    ...get,
    task(setup, 'prerequisites', `Wait until prerequisites for "${instance}" are available`, {
      'prerequisites-sync': true,
    }),
  ];
}

function upToLinkTasks(setup: SnapSetup, device: DeviceView): Draft[] {
  const { operation, instance, type } = setup;
  const isRevert = operation === 'revert';
  return [
    ...(operation === 'refresh' ? [hookTask('pre-refresh', instance)] : []),
    ...(operation === 'install'
      ? []
      : [
          task(setup, 'stop-snap-services', `Stop snap "${instance}" services`, { 'stop-reason': 'refresh' }),
          task(setup, 'remove-aliases', `Remove aliases for snap "${instance}"`, { 'remove-reason': 'refresh' }),
          task(setup, 'unlink-current-snap', `Make current revision for snap "${instance}" unavailable`),
        ]),
    ...(type === 'kernel' && device.driversTree
      ? [task(setup, 'prepare-kernel-snap', `Prepare kernel driver tree for ${named(setup)}`)]
      : []),
    ...assetTasks(setup, device),
    ...(isRevert ? [] : [task(setup, 'copy-snap-data', `Copy snap "${instance}" data`)]),
    task(setup, 'setup-profiles', `Prepare snap ${named(setup)} for security profile setup`),
    task(setup, 'link-snap', `Make snap ${named(setup)} available to the system`),
  ];
}

function assetTasks(setup: SnapSetup, device: DeviceView): Draft[] {
  const { type } = setup;
  if (device.classic || (type !== 'gadget' && type !== 'kernel')) return [];
  return [
    task(setup, 'update-gadget-assets', `Update assets from ${type} ${named(setup)}`),
    ...(type === 'gadget'
      ? [task(setup, 'update-gadget-cmdline', `Update kernel command line from gadget ${named(setup)}`)]
      : []),
  ];
}

function afterLinkTasks(setup: SnapSetup, device: DeviceView): Draft[] {
  const { operation, instance, type } = setup;
  return [
    task(setup, 'auto-connect', `Automatically connect eligible plugs and slots of snap "${instance}"`),
    task(setup, 'set-auto-aliases', `Set automatic aliases for snap "${instance}"`),
    task(setup, 'setup-aliases', `Setup snap "${instance}" aliases`),
    ...(type === 'snapd' && !device.classic
      ? [task(setup, 'update-managed-boot-config', `Update managed boot config assets from ${named(setup)}`)]
      : []),
    ...(operation === 'refresh' ? [hookTask('post-refresh', instance)] : []),
    ...(operation === 'install' ? [hookTask('install', instance)] : []),
    ...(operation === 'install' && mayDefaultConfigure(setup) ? [hookTask('default-configure', instance)] : []),
    task(setup, 'start-snap-services', `Start snap ${named(setup)} services`),
    ...(mayConfigure(setup) ? [hookTask('configure', instance)] : []),
    hookTask('check-health', instance),
  ];
}

function lateTasks(setup: SnapSetup, device: DeviceView, drop: readonly string[]): Draft[] {
  const { operation, instance, side, type } = setup;
  return [
    ...(type === 'kernel' && device.driversTree
      ? [task(setup, 'discard-old-kernel-snap-setup', `Discard previous kernel driver tree for ${named(setup)}`)]
      : []),
    ...drop.flatMap((revision) => dropTasks(instance, revision)),
    ...(operation === 'refresh' ? [task(setup, 'cleanup', `Clean up "${instance}" (${side.revision}) install`)] : []),
  ];
}

/** Takes one revision away that does not run. */
export function dropTasks(instance: string, revision: string): Draft[] {
  const data = { snap: instance, revision };
  return [
    draft('clear-snap', `Remove data for snap "${instance}" (${revision})`, data),
    draft('discard-snap', `Remove snap "${instance}" (${revision}) from the system`, data),
  ];
}

/** The file that the boot environment is to name, where the snap belongs to the boot set. */
export function bootFileOf(setup: SnapSetup, device: DeviceView) {
  const slot = slotOfSnap(setup, device);
  return slot === undefined ? undefined : { slot, file: fileNameOfSetup(setup) };
}
