import { createHash } from 'node:crypto';

/**
 * A GUID that depends on its name only: two builds of an image get the same ones. Version 8 (RFC 9562), upper case as
 * partition tools print them.
 */
export function guidOf(name: string): string {
  const bytes = createHash('sha256').update(`holdfast image ${name}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex').toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
