/** Whether a local file may be installed, before anything of the device changes. */
import { SLOTS, type Slot, type SlotNames } from '../../bootloader/protocol/index.ts';
import type { SnapInfo } from '../../images/snap/index.ts';
import { type Asset, listAssets } from './assets.ts';
import { SnapsError } from './error.ts';
import { parseFileName } from './file-name.ts';
import { notASnap, openSnap } from './read-snap.ts';

export interface CheckedSnap {
  readonly info: SnapInfo;
  readonly slot: Slot;
  readonly assets: readonly Asset[];
}

/** What the device is, as far as a snap must fit to it. */
export interface DeviceFacts {
  /** Debian's name for it, such as `arm64`. */
  readonly architecture: string;
  readonly good: SlotNames;
  /** What the boot script that ran announced about itself. */
  readonly abilities: ReadonlySet<string>;
  /** Bytes that the boot partition can still take. */
  readonly bootFree: number;
}

/** Room that a file takes beyond its bytes: clusters, directory entries. */
const bytesPerAsset = 64 * 1024;

/**
 * Checks a snap file.
 * @param path where it lies; `title` is what the user calls it
 * @throws SnapsError
 */
export async function checkSnap(path: string, title: string, facts: DeviceFacts): Promise<CheckedSnap> {
  const { info, image } = await openSnap(path, title);
  try {
    const slot = slotOf(info, facts);
    const assets = await listAssets(image, slot).catch((error: unknown) => {
      throw notASnap(error, title);
    });
    const needed = assets.reduce((sum, { size }) => sum + size + bytesPerAsset, 0);
    if (needed > facts.bootFree) {
      throw new SnapsError(
        'no-space',
        `cannot install "${info.name}": the boot partition has ${facts.bootFree} bytes free, ${needed} are needed`,
        { snap: info.name },
      );
    }
    return { info, slot, assets };
  } finally {
    await image.close();
  }
}

/**
 * The slot of the boot set that a snap is for.
 * @throws SnapsError where it is for none, or not for this device
 */
export function slotOf(
  info: Pick<SnapInfo, 'name' | 'type' | 'architectures'>,
  facts: Pick<DeviceFacts, 'architecture' | 'good' | 'abilities'>,
): Slot {
  const refuse = (code: 'wrong-architecture' | 'not-supported' | 'not-for-this-device', why: string): never => {
    throw new SnapsError(code, `cannot install "${info.name}": ${why}`, { snap: info.name });
  };
  if (!info.architectures.includes('all') && !info.architectures.includes(facts.architecture)) {
    refuse('wrong-architecture', `it is for ${info.architectures.join(', ')}, this device is ${facts.architecture}`);
  }
  const slot = SLOTS.find((name) => name === (info.type === 'os' ? 'base' : info.type));
  if (slot === undefined) {
    return refuse('not-supported', `snaps of type ${info.type} are not yet supported, only kernel, base and gadget`);
  }
  if (slot === 'gadget' && !facts.abilities.has('gadget')) {
    refuse('not-supported', 'the boot script of this device cannot try a gadget');
  }
  const own = parseFileName(facts.good[slot] ?? '')?.name;
  if (own === undefined) return refuse('not-for-this-device', `this device boots no ${slot} that it could replace`);
  if (own !== info.name) refuse('not-for-this-device', `the ${slot} of this device is "${own}"`);
  return slot;
}
