/** Tracks that the model prescribes for its kernel and gadget. Pure. */
import type { DeviceView } from './view.ts';

export function pinnedTrack({ model }: Pick<DeviceView, 'model'>, instance: string) {
  const { kernel, gadget, kernelTrack, gadgetTrack } = model;
  if (instance === kernel && kernelTrack !== undefined) return { track: kernelTrack, by: 'kernel' } as const;
  if (instance === gadget && gadgetTrack !== undefined) return { track: gadgetTrack, by: 'gadget' } as const;
  return undefined;
}
