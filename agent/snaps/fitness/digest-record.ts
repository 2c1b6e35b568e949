/** What a snap file must be: `<size> <sha256>`, in a file of the same name. The initramfs of a trial reads it, too. */
import type { StreamResult } from '../../system/disk.ts';

/** The bytes of a record. */
export function formatDigest({ size, sha256 }: StreamResult): Uint8Array {
  return new TextEncoder().encode(`${size} ${sha256}\n`);
}

/** Reads a record; `undefined` where the bytes are none. */
export function parseDigest(bytes: Uint8Array): StreamResult | undefined {
  const match = /^(\d{1,15}) ([0-9a-f]{64})\n?$/.exec(new TextDecoder().decode(bytes));
  const [, size, sha256] = match ?? [];
  return size === undefined || sha256 === undefined ? undefined : { size: Number(size), sha256 };
}
