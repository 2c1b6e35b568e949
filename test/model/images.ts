/**
 * What a raw place can hold, each content once and under a small number, with its real bytes beside it: states are numbers,
 * and the product's functions still read and write what would be on the medium.
 */

import { nextGeneration } from '../../bootloader/protocol/generation.ts';
import { PLACE_BYTES, placeBytes, readVars, slotsOf, type Vars } from '../../bootloader/protocol/index.ts';
import { withSlots } from '../../bootloader/protocol/variables.ts';
import { type Triple, tripleOfNames } from './names.ts';

/** An image by its number. */
export type ImageId = number;

export interface Image {
  readonly id: ImageId;
  readonly vars: Vars;
  readonly bytes: Uint8Array;
  /** It names a kernel and a base, as a copy or a record must. */
  readonly isSet: boolean;
  readonly mode: string;
  readonly left: string;
  readonly gen: string;
  readonly good: Triple;
  readonly tried: Triple;
  readonly previous: Triple;
  /** The sets that it names, in a fixed order; none where it is no set. */
  readonly mentions: readonly Triple[];
}

/** A place that was torn, or overwritten by a neighbour's write: its CRC is wrong. */
export const BAD: ImageId = 0;

const images: Image[] = [];
const byText = new Map<string, ImageId>();

function add(vars: Vars, bytes: Uint8Array): Image {
  const good = slotsOf(vars, 'good');
  const named = [good, slotsOf(vars, 'try'), slotsOf(vars, 'previous')].map(tripleOfNames);
  const isSet = good.kernel !== undefined && good.base !== undefined;
  const image: Image = {
    ...{ id: images.length, vars, bytes, isSet, mentions: isSet ? named : [] },
    ...{ mode: vars['snap_mode'] ?? '', left: vars['snap_try_left'] ?? '', gen: vars['snap_gen'] ?? '' },
    good: tripleOfNames(good),
    tried: tripleOfNames(slotsOf(vars, 'try')),
    previous: tripleOfNames(slotsOf(vars, 'previous')),
  };
  images.push(image);
  return image;
}

add({}, new Uint8Array(PLACE_BYTES).fill(0x55));

/** The image of exactly these variables. */
export function imageOfVars(vars: Vars): ImageId {
  const entries = Object.entries(vars)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = entries.join(';');
  const known = byText.get(text);
  if (known !== undefined) return known;
  const all = Object.fromEntries(entries);
  const { id } = add(all, placeBytes(all));
  byText.set(text, id);
  return id;
}

/** The image that a write leaves. @throws Error where its bytes could not be read again */
export function imageOfBytes(bytes: Uint8Array): ImageId {
  const vars = readVars(bytes);
  if (vars === undefined) throw new Error('cannot take a write into the model: its bytes are no environment');
  return imageOfVars(vars);
}

/** An image by its number. */
export function imageOf(id: ImageId): Image {
  const image = images[id];
  if (image === undefined) throw new Error(`cannot find image ${id}: there is none`);
  return image;
}

/** A mark that marks nothing. */
export const CLEAR: ImageId = imageOfVars({});

const renamed = new Map<number, ImageId>();

/**
 * The image with its revisions named anew and its generation turned.
 * @param renaming for memory: the number of what `rename` does
 */
export function renamedImage(
  id: ImageId,
  renaming: number,
  turns: number,
  rename: (triple: Triple) => Triple,
  names: (triple: Triple) => Parameters<typeof withSlots>[2],
): ImageId {
  const { isSet, vars, good, tried, previous, gen } = imageOf(id);
  if (!isSet) return id;
  const key = (id * 1024 + renaming) * 3 + turns;
  const known = renamed.get(key);
  if (known !== undefined) return known;
  let next = withSlots(withSlots(vars, 'good', names(rename(good))), 'try', names(rename(tried)));
  next = withSlots(next, 'previous', names(rename(previous)));
  let turned = gen;
  for (let turn = 0; turn < turns && gen !== ''; turn++) turned = nextGeneration(turned);
  const result = imageOfVars({ ...next, snap_gen: turned });
  renamed.set(key, result);
  return result;
}
