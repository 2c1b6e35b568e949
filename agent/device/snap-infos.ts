/** What the snap files on this device say of themselves. Each is read once; the least asked for are forgotten. */
import { join } from 'node:path';
import type { SnapInfo } from '../../images/snap/index.ts';
import type { Layout } from '../boot/layout.ts';
import { fileNameOf } from '../snaps/file-name.ts';
import type { SnapFacts } from '../snaps/plan/view.ts';
import { openSnap } from '../snaps/read-snap.ts';
import type { Disk } from '../system/disk.ts';

/** As many as a device has revisions, and some KiB each. */
const kept = 1000;

interface Known {
  /** Bytes: a file of another size is another file. */
  readonly size: number;
  readonly info: SnapInfo | undefined;
}

export interface SnapInfosWorld {
  readonly disk: Disk;
  readonly layout: Pick<Layout, 'snaps'>;
}

export class SnapInfos {
  readonly #world: SnapInfosWorld;
  /** By file name, the least asked for first. */
  readonly #known = new Map<string, Known>();

  constructor(world: SnapInfosWorld) {
    this.#world = world;
  }

  /** `undefined` where there is no such file, or none that can be read. */
  async read(instance: string, revision: string): Promise<SnapInfo | undefined> {
    const { disk, layout } = this.#world;
    const file = fileNameOf({ name: instance, revision });
    const path = join(layout.snaps, file);
    const stat = await disk.stat(path);
    const before = this.#known.get(file);
    this.#known.delete(file);
    if (stat?.kind !== 'file') return undefined;
    const known = before?.size === stat.size ? before : { size: stat.size, info: await infoIn(path) };
    this.#known.set(file, known);
    for (const other of this.#known.keys()) if (this.#known.size > kept) this.#known.delete(other);
    return known.info;
  }
}

async function infoIn(path: string): Promise<SnapInfo | undefined> {
  try {
    const { info, image } = await openSnap(path, path);
    await image.close();
    return info;
  } catch {
    return undefined;
  }
}

export function factsOf({
  name,
  type,
  version,
  base,
  epoch,
  architectures,
  assumes,
  confinement,
}: SnapInfo): SnapFacts {
  return { name, type, version, base, epoch, architectures, assumes, confinement };
}
