import { checkChange } from './entries.ts';
import { type EnvImage, type Padding, serializeEnv } from './image.ts';

/** Names and their new values; an empty value removes the variable. */
export type Changes = Readonly<Record<string, string>> | ReadonlyMap<string, string>;

function pairs(changes: Changes): readonly (readonly [name: string, value: string])[] {
  return changes instanceof Map ? [...changes] : Object.entries(changes);
}

/** The value of a variable; "" where there is none, for the format's users treat the two alike. */
export function getVar(image: EnvImage, name: string): string {
  return image.vars.get(name) ?? '';
}

/** Whether an image already says all that `changes` wants, so that nothing has to be written. */
export function sameVars(image: EnvImage, changes: Changes): boolean {
  return pairs(changes).every(([name, value]) => getVar(image, name) === value);
}

/**
 * The image with some variables changed, all others kept; "" removes a variable. Whether it fits is asked when it is
 * written, see `serializeEnv`.
 * @throws EnvError `bad-name`, `bad-value`
 */
export function withVars(image: EnvImage, changes: Changes): EnvImage {
  const vars = new Map(image.vars);
  for (const [name, value] of pairs(changes)) {
    checkChange(name, value);
    if (value === '') vars.delete(name);
    else vars.set(name, value);
  }
  return { ...image, vars };
}

/** Either nothing to write, or the bytes that replace the whole image in place. */
export type EnvUpdate =
  | { readonly changed: false; readonly image: EnvImage }
  | { readonly changed: true; readonly image: EnvImage; readonly bytes: Uint8Array };

/**
 * A change to a single image. Nothing is to be written where nothing changes (flash wears, and a write can be torn).
 * The flag byte is written as 0, as snapd does for an image that has no second copy.
 * @throws EnvError `bad-name`, `bad-value`, `overflow`
 */
export function updateEnv(image: EnvImage, changes: Changes, options: { readonly padding?: Padding } = {}): EnvUpdate {
  const next = { ...withVars(image, changes), flag: 0 };
  if (sameVars(image, changes)) return { changed: false, image };
  return { changed: true, image: next, bytes: serializeEnv(next, options) };
}
