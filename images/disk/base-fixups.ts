import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { EPOCH_SECONDS } from './epoch.ts';
import type { Overlay, OverlayEntry } from './overlay.ts';

const UNITS = 'usr/lib/systemd/system';

/** Where the initramfs and the agent mount things; /srv is asked for by systemd's tmpfiles.d, and the base is read-only. */
const MOUNT_POINTS = ['boot/uboot', 'mnt', 'snap', 'srv', 'usr/lib/firmware', 'usr/lib/modules', 'writable'];

/**
 * Links that the packages' scripts would have made. Units are enabled and masked below /usr/lib, where they belong to this
 * revision of the base: /etc is kept on the device and outlives it.
 */
const LINKS: Readonly<Record<string, string>> = {
  'usr/bin/awk': 'mawk',
  'usr/bin/holdfast': '/snap/holdfast/current/bin/holdfast',
  'usr/bin/snap': '/snap/holdfast/current/bin/snap',
  'var/run': '/run',
  'var/lock': '/run/lock',
  [`${UNITS}/default.target`]: 'multi-user.target',
  [`${UNITS}/sysinit.target.wants/holdfast-console.service`]: '../holdfast-console.service',
  [`${UNITS}/sysinit.target.wants/holdfast-mount.service`]: '../holdfast-mount.service',
  [`${UNITS}/sockets.target.wants/holdfast.socket`]: '../holdfast.socket',
  [`${UNITS}/multi-user.target.wants/holdfast.service`]: '../holdfast.service',
  [`${UNITS}/multi-user.target.wants/systemd-networkd.service`]: '../systemd-networkd.service',
};

/**
 * Tells systemd that nothing has to be brought up to date after a change of /usr (ConditionNeedsUpdate=): accounts and caches
 * are part of the base.
 */
const UPDATED = `# Made with the image, see systemd-update-done.service(8).\nTIMESTAMP_NSEC=${EPOCH_SECONDS}000000000\n`;

async function rootfsFiles(root: string): Promise<OverlayEntry[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => ({ path: relative(root, file), content: await readFile(file) })));
}

/**
 * What turns the extracted packages into a root file system that boots to `running`, as data.
 * @param sources directory with `rootfs/` and `masked.txt`
 */
export async function baseFixups(sources: string): Promise<Overlay> {
  const masked = (await readFile(join(sources, 'masked.txt'), 'utf8')).split('\n');
  return [
    ...MOUNT_POINTS.map((path): OverlayEntry => ({ path, directory: true })),
    ...Object.entries(LINKS).map(([path, symlink]): OverlayEntry => ({ path, symlink })),
    ...masked
      .filter((unit) => unit !== '' && !unit.startsWith('#'))
      .map((unit): OverlayEntry => ({ path: `${UNITS}/${unit}`, symlink: '/dev/null' })),
    ...(await rootfsFiles(join(sources, 'rootfs'))),
    // Empty, not missing: the first boot fills it, and it does not count as a first boot.
    { path: 'etc/machine-id', content: '', mode: 0o444 },
    { path: 'etc/.updated', content: UPDATED },
    { path: 'var/.updated', content: UPDATED },
  ];
}
