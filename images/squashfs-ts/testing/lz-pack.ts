/** Simple encoders for what Node cannot write. They find copies greedily, and serve to test the decoders. */

/** A part of the input: literals, then a copy of what is already there (none in the last part). */
interface Part {
  readonly literals: Uint8Array;
  readonly copy?: { readonly distance: number; readonly length: number };
}

const MIN_COPY = 4;
const MAX_DISTANCE = 16_384;

function* partsOf(input: Uint8Array): Generator<Part> {
  const seen = new Map<number, number>();
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let from = 0;
  let at = 0;
  // LZ4 wants at least 5 literals at the end.
  while (at + MIN_COPY + 5 <= input.byteLength) {
    const word = view.getUint32(at, true);
    const earlier = seen.get(word);
    seen.set(word, at);
    if (earlier === undefined || at - earlier > MAX_DISTANCE) {
      at += 1;
      continue;
    }
    let length = MIN_COPY;
    while (at + length + 5 < input.byteLength && input[earlier + length] === input[at + length]) length += 1;
    yield { literals: input.subarray(from, at), copy: { distance: at - earlier, length } };
    at += length;
    from = at;
  }
  yield { literals: input.subarray(from) };
}

/** The bytes of a length above what its bits hold, in LZ4: 255 means "and more". */
function lz4Rest(length: number): number[] {
  return length < 15 ? [] : [...Array(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];
}

/** One LZ4 block. */
export function lz4Pack(input: Uint8Array): Uint8Array {
  const output: number[] = [];
  for (const { literals, copy } of partsOf(input)) {
    const copied = copy === undefined ? 0 : copy.length - MIN_COPY;
    output.push((Math.min(literals.byteLength, 15) << 4) | Math.min(copied, 15));
    output.push(...lz4Rest(literals.byteLength), ...literals);
    if (copy !== undefined) output.push(copy.distance & 255, copy.distance >> 8, ...lz4Rest(copied));
  }
  return Uint8Array.from(output);
}

/** A code whose length may not fit: in LZO zero bytes stand for 255 each. */
function lzoLength(code: number, length: number, most: number): number[] {
  if (length <= most) return [code | length];
  const rest = length - most;
  const zeros = Math.ceil(rest / 255) - 1;
  return [code, ...Array(zeros).fill(0), rest - zeros * 255];
}

/** One LZO1X block. Of the ways to say a copy only the one for up to 16 KiB is used. */
export function lzoPack(input: Uint8Array): Uint8Array {
  const output: number[] = [];
  /** Where the low two bits of the last copy are: they say how many literals follow, up to 3. */
  let state = -1;
  for (const { literals, copy } of partsOf(input)) {
    const count = literals.byteLength;
    if (count > 3) output.push(...lzoLength(0, count - 3, 15), ...literals);
    else if (count > 0 && state < 0) output.push(17 + count, ...literals);
    else if (count > 0) {
      output[state] = (output[state] ?? 0) | count;
      output.push(...literals);
    }
    if (copy === undefined) continue;
    output.push(...lzoLength(32, copy.length - 2, 31));
    state = output.length;
    output.push(((copy.distance - 1) << 2) & 255, (copy.distance - 1) >> 6);
  }
  return Uint8Array.from([...output, 17, 0, 0]);
}
