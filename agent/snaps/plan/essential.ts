/** Which snaps the device boots from: they are tried together, in one reboot (`snaps.md` §9.3). Pure. */
import type { Slot } from '../../../bootloader/protocol/index.ts';
import type { SnapType } from '../../../images/snap/index.ts';
import type { DeviceView } from './view.ts';

/** In this order they are refreshed: a gadget may name assets that its kernel then has to have. */
export const bootOrder: readonly Slot[] = ['base', 'gadget', 'kernel'];

/** The base that the device boots; the old `core` where the model names none. */
export function bootBase({ model }: Pick<DeviceView, 'model'>): string {
  return model.base ?? 'core';
}

/** The slot of the boot set that a snap is for; `undefined` for all others. */
export function slotOfSnap(
  { instance, type }: { readonly instance: string; readonly type: SnapType },
  device: Pick<DeviceView, 'classic' | 'model'>,
): Slot | undefined {
  if (device.classic) return undefined;
  switch (type) {
    case 'kernel':
    case 'gadget':
      return type;
    case 'base':
    case 'os':
      return instance === bootBase(device) ? 'base' : undefined;
    default:
      return undefined;
  }
}

/** snapd's order of refreshes and removals. */
const typeOrder: readonly SnapType[] = ['snapd', 'os', 'base', 'gadget', 'kernel', 'app'];

export function byType(a: { readonly type: SnapType }, b: { readonly type: SnapType }): number {
  return typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type);
}
