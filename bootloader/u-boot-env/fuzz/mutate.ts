/** From one image to another, by a few random changes; half of the time the checksum is made to fit again. */
import type { ByteOrder, Flavour } from '../index.ts';
import type { Below } from '../random.ts';
import { type Image, reseal } from './images.ts';

const TOKENS: readonly string[] = [
  ...['=', '\0', '\0\0', '\xff', '\n', '\r\n', '#', ' ', '\t', '=\0', '\0='],
  ...['a=b\0', '=x\0', 'foo\0', '#c=d\0', ' e=f\0', '__proto__=x\0', 'a=\0', '\xffg=h\0', 'x=y\n', '\0\0\0\0'],
];
const LARGEST = 80_000;

type Mutation = (bytes: Uint8Array, below: Below, other: Uint8Array) => Uint8Array;

/** A random place and a random length that fits behind it. */
function range(length: number, below: Below, longest: number): [start: number, end: number] {
  const start = below(length + 1);
  return [start, Math.min(length, start + below(longest + 1))];
}

function spliced(bytes: Uint8Array, [start, end]: [number, number], inserted: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(end)]);
}

const MUTATIONS: readonly Mutation[] = [
  function flipsBit(bytes, below) {
    const at = below(bytes.length + 1);
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    return bytes;
  },
  function setsByte(bytes, below) {
    const at = below(bytes.length + 1);
    if (at < bytes.length) bytes[at] = below(256);
    return bytes;
  },
  function fillsRange(bytes, below) {
    return bytes.fill([0x00, 0xff, 0x3d, below(256)][below(4)] ?? 0, ...range(bytes.length, below, 40));
  },
  function removesRange(bytes, below) {
    return spliced(bytes, range(bytes.length, below, 40), new Uint8Array(0));
  },
  function repeatsRange(bytes, below) {
    const [start, end] = range(bytes.length, below, 200);
    return spliced(bytes, [start, start], bytes.subarray(start, end));
  },
  function insertsToken(bytes, below) {
    const at = below(bytes.length + 1);
    return spliced(bytes, [at, at], Buffer.from(TOKENS[below(TOKENS.length)] ?? '', 'latin1'));
  },
  function overwritesWithToken(bytes, below) {
    const token = Buffer.from(TOKENS[below(TOKENS.length)] ?? '', 'latin1');
    const at = below(bytes.length + 1);
    bytes.set(token.subarray(0, bytes.length - at), at);
    return bytes;
  },
  function cutsOff(bytes, below) {
    return bytes.subarray(0, below(bytes.length + 1));
  },
  function keepsFew(bytes, below) {
    return bytes.subarray(0, below(12));
  },
  function appends(bytes, below) {
    return Buffer.concat([bytes, Buffer.alloc(below(30), below(256))]);
  },
  function shifts(bytes, below) {
    return below(2) === 0 ? bytes.subarray(1) : Buffer.concat([Uint8Array.of(below(256)), bytes]);
  },
  function takesFromOther(bytes, below, other) {
    return spliced(bytes, range(bytes.length, below, 60), other.subarray(...range(other.length, below, 60)));
  },
  function swapsHalves(bytes) {
    const half = bytes.length >> 1;
    return Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]);
  },
  function swapsChecksum(bytes) {
    bytes.subarray(0, 4).reverse();
    return bytes;
  },
];

/** One mutant; the image itself is left alone. */
export function mutate(image: Image, other: Image, below: Below): Image {
  let bytes: Uint8Array = Buffer.from(image.bytes);
  for (let count = below(4); count > 0; count -= 1) {
    bytes = MUTATIONS[below(MUTATIONS.length)]?.(bytes, below, other.bytes) ?? bytes;
  }
  // A view of another image's memory may not be written to.
  bytes = Uint8Array.from(bytes.subarray(0, LARGEST));
  const flavour: Flavour = below(2) === 0 ? 'plain' : 'flag';
  const byteOrder: ByteOrder = below(2) === 0 ? 'little' : 'big';
  const copySize = below(8) === 0 ? below(200) : (image.copySize ?? bytes.length >> 1);
  switch (below(4)) {
    case 0:
      reseal(bytes, flavour, byteOrder);
      break;
    case 1:
      for (const n of [0, 1]) {
        if (below(3) > 0) reseal(bytes.subarray(n * copySize, (n + 1) * copySize), 'flag', byteOrder);
      }
      break;
  }
  return { bytes, copySize };
}
