/** Where the next record goes. Pure. */

/** What a slot of the ring holds; `undefined` where it holds nothing that can be read. */
export type SlotUse = { readonly sequence: number; readonly boot: number; readonly version: number } | undefined;

/**
 * The slot whose content is missed least, so that a write which is torn loses nothing but itself: an empty one, else the
 * oldest of those whose boot has a newer version, else one of the oldest boot. `undefined` where every slot is bad.
 * @param bad slots that refused a write
 */
export function chooseSlot(slots: readonly SlotUse[], bad: ReadonlySet<number>): number | undefined {
  const usable = [...slots.keys()].filter((index) => !bad.has(index));
  const after = latestSlot(slots) + 1;
  const inTurn = (index: number) => (index - after + slots.length) % slots.length;
  const empty = usable.filter((index) => slots[index] === undefined);
  if (empty.length > 0) return empty.sort((a, b) => inTurn(a) - inTurn(b))[0];
  const newest = newestVersions(slots);
  const bySequence = (a: number, b: number) => (slots[a]?.sequence ?? 0) - (slots[b]?.sequence ?? 0);
  const superseded = usable.filter((index) => isOlder(slots[index], newest));
  if (superseded.length > 0) return superseded.sort(bySequence)[0];
  return usable.sort((a, b) => (slots[a]?.boot ?? 0) - (slots[b]?.boot ?? 0))[0];
}

/** The version of each boot that counts. */
export function newestVersions(slots: readonly SlotUse[]): ReadonlyMap<number, number> {
  const newest = new Map<number, number>();
  for (const slot of slots) {
    if (slot !== undefined && slot.version > (newest.get(slot.boot) ?? 0)) newest.set(slot.boot, slot.version);
  }
  return newest;
}

function isOlder(slot: SlotUse, newest: ReadonlyMap<number, number>): boolean {
  return slot !== undefined && slot.version < (newest.get(slot.boot) ?? 0);
}

function latestSlot(slots: readonly SlotUse[]): number {
  let latest = -1;
  for (const [index, slot] of slots.entries()) {
    if (slot !== undefined && slot.sequence > (slots[latest]?.sequence ?? -1)) latest = index;
  }
  return latest;
}
