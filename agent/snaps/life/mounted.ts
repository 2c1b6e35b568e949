/** What mounted revisions say of themselves: through their mount points, or under `--root` out of their files. */
import { join } from 'node:path';
import { isHookSupported, MAX_SNAP_YAML_BYTES, parseSnapInfo, type SnapInfo } from '../../../images/snap/index.ts';

import type { Place } from '../../../images/snap/units/index.ts';
import type { Layout } from '../../boot/layout.ts';
import type { Disk } from '../../system/disk.ts';
import { pathOn } from './entries.ts';
import { blobFileOf, mountPointOf } from './places.ts';
import type { MountedSnap, MountedSnaps } from './world.ts';

/** On a device: the kernel has mounted them. */
export function mountedByKernel(world: { readonly disk: Disk; readonly layout: Pick<Layout, 'root'> }): MountedSnaps {
  const { disk } = world;
  return {
    async read(place) {
      const meta = pathOn(world, `${mountPointOf(place)}/meta`);
      try {
        const text = await disk.readFile(`${meta}/snap.yaml`, { maxBytes: MAX_SNAP_YAML_BYTES });
        const info = parseSnapInfo(new TextDecoder('utf-8', { fatal: true }).decode(text));
        return { info, hooks: new Set(await hooksIn(disk, `${meta}/hooks`)) };
      } catch {
        // Whatever is wrong with it: it is not there, or not yet.
        return undefined;
      }
    },
  };
}

const executable = 0o111;

async function hooksIn(disk: Disk, folder: string): Promise<string[]> {
  if ((await disk.stat(folder))?.kind !== 'directory') return [];
  const found: string[] = [];
  for (const name of (await disk.list(folder)).filter(isHookSupported)) {
    const stat = await disk.stat(`${folder}/${name}`);
    if (stat?.kind === 'file' && (stat.mode & executable) !== 0) found.push(name);
  }
  return found;
}

/** Under `--root`: nothing is really mounted, and the file says the same. @param isMounted what systemd was told last */
export function mountedInFiles(
  layout: Pick<Layout, 'snaps'>,
  isMounted: (place: Place) => Promise<boolean>,
): MountedSnaps {
  return {
    async read(place) {
      if (!(await isMounted(place))) return undefined;
      return readFile(join(layout.snaps, blobFileOf(place))).catch(() => undefined);
    },
  };
}

async function readFile(path: string): Promise<MountedSnap> {
  // Loaded with the first one, as most starts of the agent read none.
  const { openSnapFile } = await import('../../../images/snap/index.ts');
  await using snap = await openSnapFile(path);
  const info: SnapInfo = snap.info;
  const there = await snap.image.list('meta/hooks').catch(() => []);
  const hooks = new Set<string>();
  for (const { name, type } of there.filter(({ name }) => isHookSupported(name))) {
    const { mode } = await snap.image.stat(`meta/hooks/${name}`);
    if (type === 'file' && (mode & executable) !== 0) hooks.add(name);
  }
  return { info, hooks };
}
