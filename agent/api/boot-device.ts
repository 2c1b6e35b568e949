/** The boot desk of a real device: the one place where the API is joined to the boot journal, the verdict and the fallback. */

import { timelineHtml } from '../boot/journal/timeline-html.ts';
import { timelineText } from '../boot/journal/timeline-text.ts';
import type { Device } from '../device/device.ts';
import type { BootDesk } from './boot-desk.ts';

export function deskOf(device: Device): BootDesk {
  const { journal, backOff, fitnessLog } = device.parts;
  return {
    list: (limit) => journal.list(limit),
    get: (boot) => journal.get(boot),
    timeline: (format) => (format === 'html' ? timelineHtml(journal.list()) : timelineText(journal.list())),
    giveVerdict: async (verdict) => device.giveVerdict(verdict),
    verify: () => device.verify(),
    unfit: () => (fitnessLog.last()?.findings ?? []).filter(({ state, mended }) => state !== 'fit' && !mended),
    heldBack: () => backOff.list(),
  };
}
