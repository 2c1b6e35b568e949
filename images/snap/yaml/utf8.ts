import { yamlError } from './error.ts';

/** Bytes of YAML as text. Throws a YamlError where they are no UTF-8. */
export function yamlTextOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw yamlError(problemOf(bytes));
  }
}

/** What the first bytes are that are no character. */
function problemOf(bytes: Uint8Array): string {
  for (let at = 0; at < bytes.length; ) {
    const width = widthOf(bytes[at] ?? 0);
    if (width === 0) return 'invalid leading UTF-8 octet';
    if (at + width > bytes.length) return 'incomplete UTF-8 octet sequence';
    const octets = [...bytes.subarray(at, at + width)];
    if (octets.slice(1).some((octet) => (octet & 0xc0) !== 0x80)) return 'invalid trailing UTF-8 octet';
    const first = (octets[0] ?? 0) & (width === 1 ? 0x7f : 0xff >> (width + 1));
    const value = octets.slice(1).reduce((sum, octet) => sum * 64 + (octet & 0x3f), first);
    if (value < ([0, 0, 0x80, 0x800, 0x10000][width] ?? 0)) return 'invalid length of a UTF-8 sequence';
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) return 'invalid Unicode character';
    at += width;
  }
  return 'not UTF-8';
}

/** Bytes of a character by its first one; 0 where none begins like that. */
export function widthOf(octet: number): number {
  if ((octet & 0x80) === 0) return 1;
  if ((octet & 0xe0) === 0xc0) return 2;
  if ((octet & 0xf0) === 0xe0) return 3;
  return (octet & 0xf8) === 0xf0 ? 4 : 0;
}
