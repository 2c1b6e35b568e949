/** The boot desk of a real device: the one place where the API is joined to the boot journal, the verdict and the fallback. */
import type { Device } from '../device/device.ts';
import type { BootDesk } from './boot-desk.ts';
import { Refusal } from './failure.ts';

export function deskOf(_device: Device): BootDesk {
  const missing = (): never => {
    throw new Refusal(501, 'this version cannot do that yet');
  };
  return {
    list: () => [],
    get: () => undefined,
    timeline: () => '',
    giveVerdict: async () => missing(),
    verify: async () => missing(),
    unfit: () => [],
    heldBack: () => [],
  };
}
