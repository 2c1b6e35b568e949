/**
 * One slot of the ring: a header line `HOLDFAST-BOOT 1 <sequence> <length> <crc32>`, then `length` bytes, padded with NUL.
 * Whatever is not exactly that is no slot: these bytes are written by a system that may be failing, and may be torn.
 */
import { crc32 } from 'node:zlib';

/** Bytes of a slot on the medium. */
export const slotBytes = 8192;
/** What is written is a multiple of this; what a longer record left behind it stays, and does not count. */
const blockBytes = 4096;
const maxHeaderBytes = 64;
/** The longest content of a slot, bytes. */
export const maxContentBytes = slotBytes - maxHeaderBytes;

const header = /^HOLDFAST-BOOT 1 (\d{1,15}) (\d{1,5}) ([0-9a-f]{8})$/;

export interface Slot {
  /** The later a slot was written, the higher. */
  readonly sequence: number;
  readonly content: Uint8Array;
}

/** The bytes of a slot. @throws RangeError where the content is longer than maxContentBytes */
export function formatSlot({ sequence, content }: Slot): Uint8Array {
  if (content.length > maxContentBytes) throw new RangeError(`${content.length} bytes do not fit into a slot`);
  const line = `HOLDFAST-BOOT 1 ${sequence} ${content.length} ${checksum(sequence, content)}\n`;
  const used = line.length + content.length;
  const bytes = new Uint8Array(Math.ceil(used / blockBytes) * blockBytes);
  new TextEncoder().encodeInto(line, bytes);
  bytes.set(content, line.length);
  return bytes;
}

/** Reads a slot; `undefined` where there is none. */
export function parseSlot(bytes: Uint8Array): Slot | undefined {
  const end = bytes.subarray(0, maxHeaderBytes).indexOf(0x0a);
  if (end < 0) return undefined;
  const found = header.exec(Buffer.from(bytes.subarray(0, end)).toString('latin1'));
  if (found === null) return undefined;
  const sequence = Number(found[1]);
  const content = bytes.subarray(end + 1, end + 1 + Number(found[2]));
  if (checksum(sequence, content) !== found[3]) return undefined;
  return { sequence, content };
}

/** Over the numbers of the header, too: a slot that is half old and half new is none. */
function checksum(sequence: number, content: Uint8Array): string {
  return crc32(content, crc32(`${sequence} ${content.length}\n`))
    .toString(16)
    .padStart(8, '0');
}
