/**
 * The ring of the boot journal: a preallocated raw place (the end of hf-journal), so that it takes a record on a full or
 * read-only file system, and in any boot set. Every write goes to a slot whose content is not needed any more.
 */
import { join } from 'node:path';
import type { Disk } from '../../system/disk.ts';
import type { Layout } from '../layout.ts';
import { chooseSlot, newestVersions, type SlotUse } from './choose.ts';
import { decodeRecord, encodeRecord } from './codec.ts';
import type { BootRecord } from './record.ts';
import { formatSlot, maxContentBytes, parseSlot, slotBytes } from './slot.ts';

/** Bytes from the start of hf-journal. */
export const ringOffset = 131_072;
/** As many as fit into the 1 MiB of hf-journal; a shorter place has fewer. */
export const maxSlots = 112;
/** A medium that refuses two slots refuses all of them. */
const maxTries = 2;

export class Ring {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #slots: SlotUse[];
  readonly #bad = new Set<number>();
  #sequence: number;

  private constructor(disk: Disk, path: string, slots: SlotUse[]) {
    this.#disk = disk;
    this.#path = path;
    this.#slots = slots;
    this.#sequence = Math.max(0, ...slots.map((slot) => slot?.sequence ?? 0));
  }

  /** A ring of a place that does not answer: it takes nothing. */
  static without(disk: Disk, layout: Layout): Ring {
    return new Ring(disk, placeIn(layout), []);
  }

  /** Reads the ring: the newest version of each boot's record, oldest boot first. What cannot be read is not there. */
  static async open(disk: Disk, layout: Layout): Promise<{ readonly ring: Ring; readonly records: BootRecord[] }> {
    const path = placeIn(layout);
    const slots: SlotUse[] = [];
    const found: BootRecord[] = [];
    for (const bytes of await readSlots(disk, path)) {
      const slot = parseSlot(bytes);
      const record = slot === undefined ? undefined : decodeRecord(slot.content);
      if (slot === undefined || record === undefined) {
        slots.push(undefined);
        continue;
      }
      slots.push({ sequence: slot.sequence, boot: record.boot, version: record.version });
      found.push(record);
    }
    const newest = newestVersions(slots);
    const records = found.filter(({ boot, version }) => newest.get(boot) === version);
    records.sort((a, b) => a.boot - b.boot);
    return { ring: new Ring(disk, path, slots), records: withoutRepeats(records) };
  }

  /** Writes a record; resolves to the bytes that reached the medium, 0 where it refused. Never rejects. */
  async append(record: BootRecord): Promise<number> {
    const refused = new Set<number>();
    while (refused.size < maxTries) {
      const index = chooseSlot(this.#slots, new Set([...this.#bad, ...refused]));
      if (index === undefined) break;
      const written = await this.#write(index, record);
      if (written > 0) {
        // Refused where another slot was not: the block is bad, not the medium.
        for (const bad of refused) this.#bad.add(bad);
        return written;
      }
      refused.add(index);
    }
    return 0;
  }

  async #write(index: number, record: BootRecord): Promise<number> {
    const sequence = this.#sequence + 1;
    const bytes = formatSlot({ sequence, content: encodeRecord(record, maxContentBytes) });
    this.#slots[index] = undefined;
    try {
      await this.#disk.rewrite(this.#path, bytes, { offset: ringOffset + index * slotBytes });
    } catch {
      return 0;
    }
    this.#sequence = sequence;
    this.#slots[index] = { sequence, boot: record.boot, version: record.version };
    return bytes.length;
  }
}

function placeIn(layout: Layout): string {
  return join(layout.rawPlaces, 'hf-journal');
}

/** The slots of the place, each read alone where they cannot all be read at once: one bad block must not hide the others. */
async function readSlots(disk: Disk, path: string): Promise<Uint8Array[]> {
  const read = (offset: number, length: number) => disk.readRange(path, ringOffset + offset, length);
  const all = await read(0, maxSlots * slotBytes).catch(() => undefined);
  const slots: Uint8Array[] = [];
  for (let index = 0; index < maxSlots; index++) {
    const at = index * slotBytes;
    const bytes =
      all?.subarray(at, at + slotBytes) ?? (await read(at, slotBytes).catch(() => new Uint8Array(slotBytes)));
    if (bytes.length < slotBytes) break;
    slots.push(bytes);
  }
  return slots;
}

/** The same version twice, after a write that failed only in its reading back. */
function withoutRepeats(records: readonly BootRecord[]): BootRecord[] {
  return records.filter((record, index) => record.boot !== records[index - 1]?.boot);
}
