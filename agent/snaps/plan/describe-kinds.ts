/**
 * What each kind of task leaves on the medium, and how that is taken back: words for whoever reads a plan before it runs. They
 * are held to what is really written (agent/device/plan-writes.test.ts).
 */
import { mountUnitOf, unitFolderOf } from '../../../images/snap/units/index.ts';
import { affectedKey } from '../../engine/conflicts.ts';
import type { SnapSetup } from './setup.ts';

/** What a kind's words may name. */
export interface About {
  readonly snap: string;
  /** The revision the task is about. */
  readonly revision: string;
  readonly setup: SnapSetup | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface KindWords {
  /** Durable writes, each a place: an absolute path, with what is below it, or words for others; and what of it, behind `: `. */
  writes(about: About): readonly string[];
  /** What undoing it does; `undefined` where there is nothing to take back. */
  undo?(about: About): string;
}

const none: KindWords = { writes: () => [] };
const record = 'snap record';
const blob = ({ snap, revision }: About) => `/var/lib/snapd/snaps/${snap}_${revision}.snap`;
const sequence = ({ snap }: About) => `/var/lib/snapd/sequence/${snap}.json`;
const data = ({ snap, revision }: About) => `/var/snap/${snap}/${revision}`;
const links = ({ snap }: About) => [`/snap/${snap}/current`, `/var/snap/${snap}/current`];
const launch = '/var/lib/snapd/launch';
const digest = ({ snap, revision }: About) => `/var/lib/holdfast/digests/${snap}_${revision}.snap`;
/** With the links by which it is mounted at boot. */
const mountUnit = ({ snap, revision }: About) => `${unitFolderOf('')}/${mountUnitOf({ instance: snap, revision })}`;
const mountPoint = ({ snap, revision }: About) => `/snap/${snap}/${revision}`;
const inhibit = '/var/lib/snapd/inhibit';
const units = 'units of its services';
const aliases: KindWords = { writes: () => [record, '/snap/bin'], undo: () => 'aliases as they were' };

/** Every kind that the plans of this folder make. */
export const kindWords: Readonly<Record<string, KindWords>> = {
  prerequisites: none,
  'prepare-snap': {
    writes: ({ setup }) =>
      setup?.source.kind === 'present' && setup.source.unused !== undefined ? [setup.source.unused] : [],
  },
  'download-snap': { writes: (about) => [blob(about)], undo: () => 'what was downloaded is removed' },
  'validate-snap': { writes: () => ['/var/lib/snapd/assertions'] },
  'mount-snap': {
    writes: (about) => [blob(about), digest(about), mountPoint(about), mountUnit(about), 'list of snap files'],
    undo: () => 'unmounted; the file is removed',
  },
  'run-hook': {
    writes: ({ snap }) => [`what the hook writes as ${snap}`],
  },
  'stop-snap-services': { writes: () => [record], undo: () => 'what ran is started again' },
  'remove-aliases': { writes: () => [record, '/snap/bin'], undo: () => 'aliases are made again' },
  'unlink-current-snap': {
    writes: (about) => [record, ...links(about), '/snap/bin', units, inhibit],
    undo: ({ setup }) => `revision ${setup?.previous ?? 'before'} is linked again`,
  },
  'prepare-kernel-snap': { writes: () => ['driver tree of the kernel'], undo: () => 'the tree is removed' },
  'update-gadget-assets': {
    writes: ({ snap, revision }) => [`boot partition: ${snap}_${revision}.snap/`],
    undo: () => 'the assets are removed; those that boot were not touched',
  },
  'update-gadget-cmdline': { writes: () => ['kernel command line of the trial'], undo: () => 'as it was' },
  'copy-snap-data': {
    writes: (about) => [
      ...[data(about), `/var/snap/${about.snap}/common`, `~/snap/${about.snap}/${about.revision}`],
      `${data(about)}.old: what was there before, until the change is over`,
    ],
    undo: () => 'the copy is removed; what was there before is put back',
  },
  'setup-profiles': none,
  'link-snap': {
    writes: (about) => [
      ...[record, sequence(about), launch, ...links(about), '/snap/bin', units, inhibit],
      ...(about.data['trial'] === undefined ? [] : ['boot environment: a trial is armed']),
    ],
    undo: () => 'unlinked; record and configuration as they were',
  },
  'auto-connect': none,
  'set-auto-aliases': { writes: () => [record], undo: () => 'aliases as they were' },
  'setup-aliases': aliases,
  alias: aliases,
  unalias: aliases,
  'disable-aliases': aliases,
  'prefer-aliases': {
    writes: ({ data: { [affectedKey]: others } }) => [
      ...[record, '/snap/bin'],
      ...(Array.isArray(others) ? others.map((other) => `snap record of ${other}: its aliases are given up`) : []),
    ],
    undo: () => 'aliases as they were',
  },
  'update-managed-boot-config': { writes: () => ['boot configuration'], undo: () => 'as it was' },
  'start-snap-services': { writes: () => [record, 'links of enabled units'], undo: () => 'stopped' },
  'discard-old-kernel-snap-setup': {
    writes: () => ['driver tree of the old kernel'],
    undo: () => 'the tree is made again',
  },
  'clear-snap': {
    writes: (about) => [
      `${data(about)}: to the trash`,
      `~/snap/${about.snap}/${about.revision}: to the trash`,
      `/var/snap/${about.snap}/common: to the trash, with the last revision`,
      `~/snap/${about.snap}/common: to the trash, with the last revision`,
    ],
    undo: () => 'put back from the trash',
  },
  'discard-snap': {
    writes: (about) => [
      ...[record, sequence(about), mountPoint(about), mountUnit(about), `${blob(about)}: to the trash`],
      digest(about),
      `${inhibit}: with the last revision`,
    ],
    undo: () => 'put back from the trash',
  },
  cleanup: none,
  'auto-disconnect': none,
  'kill-snap-apps': { writes: () => [inhibit], undo: () => 'its programs may be started again' },
  'save-snapshot': {
    writes: () => ['/var/lib/snapd/snapshots', 'expiry of the snapshot'],
    undo: () => 'the snapshot is removed',
  },
  'unlink-snap': {
    writes: (about) => [record, launch, ...links(about), '/snap/bin', units, inhibit],
    undo: () => 'linked again',
  },
  'remove-profiles': none,
  'switch-snap': { writes: () => [record], undo: () => 'channel and cohort as they were' },
  'switch-snap-channel': { writes: () => [record], undo: () => 'channel and cohort as they were' },
};
