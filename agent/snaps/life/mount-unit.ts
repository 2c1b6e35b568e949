/** The text of the unit that mounts a snap (`snaps.md` §5). Pure. */
import type { SnapType } from '../../../images/snap/index.ts';
import { mountUnitOf, type Place } from '../../../images/snap/units/index.ts';
import type { Entries } from './entries.ts';
import { blobPathOf, mountPointOf, mountTargets, mountUnitPathOf, unitFolder } from './places.ts';

/** @param holdsDrivers modules and firmware come out of this kernel, and are wanted early */
export function mountUnitText(place: Place, holdsDrivers = false): string {
  const drivers = holdsDrivers
    ? [
        'Before=systemd-udevd.service systemd-modules-load.service',
        'Before=usr-lib-modules.mount usr-lib-firmware.mount',
      ]
    : [];
  const lines = [
    '[Unit]',
    `Description=Mount unit for ${place.instance}, revision ${place.revision}`,
    'After=snapd.mounts-pre.target',
    'Before=snapd.mounts.target',
    ...drivers,
    '',
    '[Mount]',
    `What=${blobPathOf(place)}`,
    `Where=${mountPointOf(place)}`,
    'Type=squashfs',
    'Options=nodev,ro,x-gdu.hide,x-gvfs-hide',
    'LazyUnmount=yes',
    '',
    '[Install]',
    ...mountTargets.map((target) => `WantedBy=${target}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The unit, and then the links by which it is mounted at boot. */
export function mountEntries(place: Place, type: SnapType): Entries {
  const unit = mountUnitPathOf(place);
  const links = mountLinksOf(place).map((path) => [path, { link: unit }] as const);
  return { [unit]: { text: mountUnitText(place, type === 'kernel') }, ...Object.fromEntries(links) };
}

/** Nothing of it, the links first. */
export function noMountEntries(place: Place): Entries {
  return Object.fromEntries([...mountLinksOf(place), mountUnitPathOf(place)].map((path) => [path, null]));
}

function mountLinksOf(place: Place): readonly string[] {
  return mountTargets.map((target) => `${unitFolder}/${target}.wants/${mountUnitOf(place)}`);
}
