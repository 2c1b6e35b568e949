/**
 * The order of several snaps in one change (`snaps.md` §9.3; vectors G8-G16). The agent's own snap first; then base, gadget and
 * kernel hand in hand, with one reboot, sharing one lane: all or none; then other bases; then apps. Pure.
 */
import type { SlotNames } from '../../../bootloader/protocol/index.ts';
import { type Draft, waitFor } from './draft.ts';
import { bootOrder } from './essential.ts';
import { bootFileOf, type SnapTasks } from './snap-tasks.ts';
import type { DeviceView } from './view.ts';

export type Transaction = 'per-snap' | 'all-snaps';

/** Sets waits, lanes and restart boundaries, and gives the tasks in the order of their snaps. */
export function arranged(snaps: readonly SnapTasks[], device: DeviceView, transaction: Transaction): Draft[] {
  const essential = bootOrder.flatMap((slot) => snaps.filter((snap) => bootFileOf(snap.setup, device)?.slot === slot));
  const agent = snaps.filter(({ setup }) => setup.type === 'snapd');
  const others = snaps.filter((snap) => !essential.includes(snap) && !agent.includes(snap));
  const last = arrangeEssential(essential, device);
  arrangeOthers(others, last);
  const agentEnd = agent[0]?.afterLink.at(-1);
  for (const { before } of [...essential, ...others]) waitFor(before[0], agentEnd);
  const groups = transaction === 'all-snaps' ? [snaps] : [essential, ...[...agent, ...others].map((snap) => [snap])];
  const lanes = groups.filter((group) => group.length > 0);
  for (const [place, group] of lanes.entries()) {
    finishLane(group, lanes.length === 1 ? 0 : place + 1);
  }
  const isBase = ({ setup }: SnapTasks) => setup.type === 'base' || setup.type === 'os';
  const bases = others.filter(isBase);
  const rest = others.filter((snap) => !isBase(snap));
  return [...agent, ...essential, ...bases, ...rest].flatMap(tasksOf);
}

export function tasksOf({ before, mount, upToLink, afterLink, late }: SnapTasks): Draft[] {
  return [...before, ...(mount === undefined ? [] : [mount]), ...upToLink, ...afterLink, ...late];
}

/** Chains the boot set and marks where it restarts; its last task before anything is dropped. */
function arrangeEssential(snaps: readonly SnapTasks[], device: DeviceView): Draft | undefined {
  let last: Draft | undefined;
  const append = (span: readonly Draft[]) => {
    waitFor(span[0], last);
    last = span.at(-1) ?? last;
  };
  for (const { mount } of snaps) append(mount === undefined ? [] : [mount]);
  for (const { upToLink } of snaps) append(upToLink);
  const link = last;
  for (const { afterLink } of snaps) append(afterLink);
  if (link === undefined) return undefined;
  link.boundary = 'do';
  link.data = { ...link.data, trial: trialOf(snaps, device) };
  const unlink = snaps.flatMap(({ upToLink }) => upToLink.filter(({ kind }) => kind === 'unlink-current-snap'))[0];
  if (unlink !== undefined) unlink.boundary = 'undo';
  return last;
}

/** What the one trial exchanges. */
function trialOf(snaps: readonly SnapTasks[], device: DeviceView): SlotNames {
  const files = snaps.map(({ setup }) => bootFileOf(setup, device));
  return Object.fromEntries(files.flatMap((entry) => (entry === undefined ? [] : [[entry.slot, entry.file]])));
}

/** Apps wait for the boot set's verdict and for their base, where it comes in the same change. */
function arrangeOthers(snaps: readonly SnapTasks[], essentialEnd: Draft | undefined): void {
  for (const { setup, before } of snaps) {
    waitFor(before[0], essentialEnd);
    if (setup.type !== 'app' && setup.type !== 'gadget') continue;
    const base = snaps.find((other) => other.setup.type === 'base' && other.setup.instance === setup.base);
    waitFor(before[0], base?.afterLink.at(-1));
  }
}

/** Nothing is dropped before all snaps that stand or fall together are known to be well. */
function finishLane(snaps: readonly SnapTasks[], lane: number): void {
  const ends = snaps.map(({ afterLink }) => afterLink.at(-1));
  let before: Draft | undefined;
  for (const { late } of snaps) {
    waitFor(late[0], ...ends, before);
    before = late.at(-1) ?? before;
  }
  for (const task of snaps.flatMap(tasksOf)) task.lane = lane;
}
