import { GadgetError } from './error.ts';
import { isPartition, type Structure, type Volume } from './model.ts';

/** Nothing but boot code starts before this: room for partition tables and second stages (snapd: NonMBRStartOffset). */
export const FIRST_OFFSET_BYTES = 2 ** 20;

/** A GPT keeps header and table in the first 34 sectors, and a copy in the last 33. */
const GPT_START_BYTES = 34 * 512;

export interface PlacedStructure {
  readonly structure: Structure;
  readonly start: number;
  readonly end: number;
}

export interface Layout {
  /** In the order of the disk. */
  readonly structures: readonly PlacedStructure[];
  /** Where the last structure ends; a GPT needs room for its second table after it. */
  readonly size: number;
}

export interface PlacedImage {
  readonly image: string;
  /** Absolute. */
  readonly start: number;
  readonly size: number;
}

function nameOf(structure: Structure): string {
  return structure.name === '' ? `#${structure.index}` : structure.name;
}

/**
 * Gives every structure its place, as snapd does: at its offset, else at the end of the structure before it in the file, and
 * never before 1 MiB unless it is boot code. Pure.
 * @throws GadgetError `overlap` where two structures, or one and the partition table, would share bytes
 */
export function layoutVolume(volume: Volume): Layout {
  let end = 0;
  const placed = volume.structures.map((structure): PlacedStructure => {
    const after = structure.role === 'mbr' ? 0 : Math.max(end, FIRST_OFFSET_BYTES);
    const start = structure.offset ?? after;
    end = start + structure.size;
    return { structure, start, end };
  });
  placed.sort((a, b) => a.start - b.start);
  const path = `volumes.${volume.name}`;
  placed.forEach(({ structure, start }, index) => {
    const before = placed[index - 1];
    if (before !== undefined && start < before.end)
      throw new GadgetError(
        'overlap',
        `${path}.structure[${structure.index}]`,
        `structure "${nameOf(structure)}" overlaps with the preceding structure "${nameOf(before.structure)}"`,
      );
    if (volume.schema === 'gpt' && isPartition(structure) && start < GPT_START_BYTES)
      throw new GadgetError(
        'overlap',
        `${path}.structure[${structure.index}].offset`,
        'lies inside the partition table',
      );
  });
  return { structures: placed, size: placed.at(-1)?.end ?? 0 };
}

/**
 * Gives the raw images of a structure their places: at their offset, else after the one before.
 * @param sizeOf size of an image file of the gadget, bytes
 * @throws GadgetError `too-small` where an image does not fit, `overlap` where two share bytes
 */
export function layoutImages(
  { structure, start, end }: PlacedStructure,
  sizeOf: (image: string) => number,
): PlacedImage[] {
  let next = start;
  const placed = structure.content.flatMap((content): PlacedImage[] => {
    if (content.kind !== 'image') return [];
    const actual = sizeOf(content.image);
    const size = content.size ?? actual;
    const at = content.offset === undefined ? next : start + content.offset;
    next = at + size;
    if (actual > size)
      throw new GadgetError('too-small', content.image, `size ${actual} is larger than the declared ${size}`);
    if (next > end)
      throw new GadgetError('too-small', content.image, `does not fit into structure "${nameOf(structure)}"`);
    return [{ image: content.image, start: at, size }];
  });
  placed.sort((a, b) => a.start - b.start);
  placed.forEach((image, index) => {
    const before = placed[index - 1];
    if (before !== undefined && image.start < before.start + before.size)
      throw new GadgetError('overlap', image.image, `overlaps with "${before.image}"`);
  });
  return placed;
}
