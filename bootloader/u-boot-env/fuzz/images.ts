/** What the fuzzer starts from: distinct images and pairs, right and subtly wrong, made without the code under test. */
import type { ByteOrder, Flavour } from '../index.ts';
import { crcBytes, crcOf, headerOf } from './oracle.ts';

export interface Image {
  readonly bytes: Uint8Array;
  /** Bytes of one copy, where the image is a pair. */
  readonly copySize: number | undefined;
}

/** Puts the right checksum before what is there. */
export function reseal(bytes: Uint8Array, flavour: Flavour, byteOrder: ByteOrder): void {
  if (bytes.length >= headerOf(flavour)) bytes.set(crcBytes(crcOf(bytes, headerOf(flavour)), byteOrder));
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const many = Array.from({ length: 40 }, (_, n) => `variable_${n}=value ${n * n}\0`).join('');

/** Lists as they are found, and as they should not be; the rest of the image is padding. */
const LISTS: readonly (readonly [list: string, size: number, padding: number])[] = [
  ['\0\0', 16, 0xff],
  ['\0\0', 7, 0x00],
  ['a=b\0\0', 64, 0xff],
  ['a=b\0c=d\0\0', 200, 0x00],
  ['kernel_status=try\0snap_kernel=pc-kernel_1.snap\0\0', 128, 0xff],
  ['bootcmd=if test "$mode" = try; then run x; fi\0bootdelay=2\0\0', 512, 0x00],
  [`${many}\0`, 4096, 0xff],
  [`long=${'x'.repeat(900)}\0\0`, 1000, 0xff],
  ['empty=\0full=x\0\0', 40, 0xff],
  ['a=1\0b=x\0a=2\0\0', 33, 0xff],
  ['latin=gr\xfc\xdfe\0\xe9=\xff\0\0', 64, 0x00],
  ['a=b\0\xffc=d\0e=f\0\0', 50, 0xff],
  ['good=1\0nonsense\0more=2\0\0', 48, 0xff],
  ['good=1\0=nameless\0\0', 48, 0x00],
  ['\0late=1\0\0', 24, 0xff],
  ['unended=1', 14, 0x31],
  ['to_the_byte=1\0\0', 20, 0xff],
  ['a=b\0\0hidden=1\0', 96, 0x41],
  ['\xff\xff\xff', 32, 0xff],
  ['#note=x\0 blank=y\0\ttab=z\0\0', 80, 0xff],
  ['back\\slash=a\\b\0equals=a=b=c\0\0', 9000, 0xff],
];

const PAIR_FLAGS: readonly (readonly [number, number])[] = [
  [2, 1],
  [1, 2],
  [255, 0],
  [0, 255],
  [7, 7],
  [1, 0],
  [0, 1],
  [255, 1],
];
const ORDERS: readonly ByteOrder[] = ['little', 'big'];

function image(list: string, size: number, padding: number, flavour: Flavour, order: ByteOrder, flag = 0): Uint8Array {
  const header = headerOf(flavour);
  const bytes = new Uint8Array(Math.max(size, header + list.length)).fill(padding);
  bytes.set(latin1(list), header);
  if (flavour === 'flag') bytes[4] = flag;
  reseal(bytes, flavour, order);
  return bytes;
}

/** All of them, always the same. */
export function startImages(): Image[] {
  const images: Image[] = [];
  for (const order of ORDERS) {
    for (const [index, [list, size, padding]] of LISTS.entries()) {
      for (const flavour of ['plain', 'flag'] as const) {
        images.push({ bytes: image(list, size, padding, flavour, order, index), copySize: undefined });
      }
    }
    for (const [index, [a, b]] of PAIR_FLAGS.entries()) {
      const copySize = 64 + 8 * index;
      const first = image(`mode=try\0set=${index}\0\0`, copySize, 0xff, 'flag', order, a);
      const second = image(`mode=trying\0set=${index}\0\0`, copySize, 0x00, 'flag', order, b);
      images.push({ bytes: Buffer.concat([first, second, new Uint8Array(index)]), copySize });
      // A copy that is damaged, or of the flavour that no pair has.
      if (index % 2 === 0) second[copySize - 1] = 0x55;
      else reseal(second, 'plain', order);
      const copies = index % 4 < 2 ? [first, second] : [second, first];
      images.push({ bytes: Buffer.concat(copies), copySize });
    }
  }
  return images;
}
