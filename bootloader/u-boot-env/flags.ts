/** What the flag byte of a copy says about its age. */

/**
 * `counter`: each write counts one up, 0 follows 255; on block devices, NAND, UBI and files.
 * `boolean`: 1 is active, 0 obsolete, and 0xff was never marked; on NOR flash, where a bit is cleared without erasing.
 */
export type FlagScheme = 'counter' | 'boolean';

const ACTIVE = 1;

/**
 * Whether a first copy with flag `a` counts rather than a second one with flag `b`, both readable; of equal ones the first.
 *
 * `counter`: their difference as a signed byte is not negative. U-Boot and libubootenv compare otherwise, but agree as long
 * as the flags differ by one, which every writer sees to.
 * `boolean`: an unmarked copy counts rather than an active one, and that rather than an obsolete one, as in U-Boot: the greater
 * flag.
 */
export function isNewerFlag(a: number, b: number, scheme: FlagScheme = 'counter'): boolean {
  if (scheme === 'counter') return ((a - b) << 24) >> 24 >= 0;
  return a >= b;
}

/** The flag of a copy that is written while one with `flag` counts. */
export function nextFlag(flag: number, scheme: FlagScheme): number {
  return scheme === 'counter' ? (flag + 1) & 0xff : ACTIVE;
}
