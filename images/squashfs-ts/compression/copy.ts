/** Below this many bytes a loop is faster than the call. */
const SHORT = 32;

/**
 * Appends `length` bytes found `distance` bytes before `to`, as LZ77 formats do: where they overlap, what was just written is
 * repeated. The caller has checked that all of it lies inside.
 */
export function copyBack(output: Uint8Array, to: number, distance: number, length: number): void {
  if (length >= SHORT && distance >= length) {
    output.copyWithin(to, to - distance, to - distance + length);
    return;
  }
  if (length >= SHORT && distance === 1) {
    output.fill(output[to - 1] as number, to, to + length);
    return;
  }
  for (let i = to; i < to + length; i += 1) output[i] = output[i - distance] as number;
}

/** Appends `length` bytes of `input` from `from` on. The caller has checked that all of it lies inside. */
export function copyLiterals(output: Uint8Array, to: number, input: Uint8Array, from: number, length: number): void {
  if (length >= SHORT) {
    output.set(input.subarray(from, from + length), to);
    return;
  }
  for (let i = 0; i < length; i += 1) output[to + i] = input[from + i] as number;
}
