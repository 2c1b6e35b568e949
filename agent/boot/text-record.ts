/**
 * Small text records in places that have no file system: a first line that names the format, then `key=value` lines,
 * padded with NUL. The initramfs writes the trial trace so, the agent its last verdict; a shell can read both.
 */

export type TextRecord = ReadonlyMap<string, string>;

/** The largest record, in bytes; also the room that each one has on the medium. */
export const recordBytes = 4096;

const maxLines = 256;

/**
 * Reads a record. `undefined` where the bytes are not one (blank medium, another format, torn first line): these places
 * are written in a hurry by a system that is failing, so anything unreadable counts as absent, never as an error.
 */
export function parseRecord(bytes: Uint8Array, header: string): TextRecord | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, recordBytes));
  const end = text.indexOf('\0');
  const lines = (end < 0 ? text : text.slice(0, end)).split('\n', maxLines);
  if (lines.shift() !== header) return undefined;
  return parseLines(lines);
}

/** `key=value` lines to a map; lines without `=` are skipped, the last of two equal keys wins. */
export function parseLines(lines: readonly string[]): TextRecord {
  const record = new Map<string, string>();
  for (const line of lines.slice(0, maxLines)) {
    const split = line.indexOf('=');
    if (split > 0) record.set(line.slice(0, split), line.slice(split + 1));
  }
  return record;
}

/** The 4096 bytes of a record. Values lose their line breaks; what does not fit is cut off at the end. */
export function formatRecord(header: string, fields: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(fields).map(([key, value]) => `${key}=${value.replaceAll(/[\n\r\0]+/g, ' ')}`);
  const bytes = new Uint8Array(recordBytes);
  // One byte is kept for the NUL that ends the text.
  new TextEncoder().encodeInto(`${[header, ...lines].join('\n')}\n`, bytes.subarray(0, recordBytes - 1));
  return bytes;
}
