/** For tests and the fuzzer: a small seeded generator (xorshift32), so that a failing run can be repeated by its seed. */

/** A whole number from 0 to below `limit`. */
export type Below = (limit: number) => number;

export function randomBelow(seed: number): Below {
  // The generator stands still at 0, and close seeds begin alike: stir a bit.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
