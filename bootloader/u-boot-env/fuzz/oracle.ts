/**
 * The format told a second time, slowly and byte by byte, from its description in the README: what each call of the package
 * must answer. It shares types with the package and nothing else.
 */
import type {
  ByteOrder,
  EnvErrorCode,
  EnvImage,
  FlagScheme,
  Flavour,
  Padding,
  ParseOptions,
  ParseRedundantOptions,
  Shape,
} from '../index.ts';

/** A value, or the code of the error that is thrown instead. */
export type Answer<T> = { readonly value: T } | { readonly code: EnvErrorCode };

const MIN_SIZE = 6;
const MAX_SIZE = 16 * 1024 * 1024;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** CRC-32 as in zlib. */
export function crcOf(bytes: Uint8Array, start: number): number {
  let crc = 0xffffffff;
  for (let at = start; at < bytes.length; at += 1) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

export const headerOf = (flavour: Flavour): number => (flavour === 'flag' ? 5 : 4);

/** The four bytes of a checksum. */
export function crcBytes(crc: number, byteOrder: ByteOrder): number[] {
  const little = [crc & 0xff, (crc >>> 8) & 0xff, (crc >>> 16) & 0xff, crc >>> 24];
  return byteOrder === 'little' ? little : little.reverse();
}

/** The first shape, in the order they are tried, whose checksum is right. */
function shapeOf(bytes: Uint8Array, { flavour, byteOrder }: ParseOptions): Shape | undefined {
  const crcs: Readonly<Record<Flavour, number>> = { flag: crcOf(bytes, 5), plain: crcOf(bytes, 4) };
  for (const order of ['little', 'big'] as const) {
    for (const one of ['flag', 'plain'] as const) {
      if ((flavour ?? one) !== one || (byteOrder ?? order) !== order) continue;
      if (crcBytes(crcs[one], order).every((byte, at) => byte === bytes[at])) return { flavour: one, byteOrder: order };
    }
  }
  return undefined;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** The variables of a list, or undefined where an entry is malformed and may not be skipped. */
function listOf(bytes: Uint8Array, header: number, bestEffort: boolean): Map<string, string> | undefined {
  const vars = new Map<string, string>();
  let start = header;
  for (let at = header; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== 0) continue;
    const entry = textOf(bytes, start, at);
    start = at + 1;
    if (entry !== '' && !entry.startsWith('\xff')) {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
      if (name !== undefined && value !== undefined) vars.set(name, value);
      else if (!bestEffort) return undefined;
    }
    if (bytes[at + 1] === 0) break;
  }
  return vars;
}

export function parsed(bytes: Uint8Array, options: ParseOptions): Answer<EnvImage> {
  if (bytes.length < MIN_SIZE) return { code: 'too-small' };
  if (bytes.length > MAX_SIZE) return { code: 'too-large' };
  const shape = shapeOf(bytes, options);
  if (shape === undefined) return { code: 'bad-crc' };
  const vars = listOf(bytes, headerOf(shape.flavour), options.bestEffort ?? false);
  if (vars === undefined) return { code: 'bad-entry' };
  return { value: { ...shape, vars, size: bytes.length, flag: shape.flavour === 'flag' ? (bytes[4] ?? 0) : 0 } };
}

/** 0 or 1. */
function countingCopy(a: number, b: number, scheme: FlagScheme): number {
  if (scheme === 'counter') return (a - b + 256) % 256 < 128 ? 0 : 1;
  if (a === b) return 0;
  if (a === 255 || b === 255) return a === 255 ? 0 : 1;
  return a > b ? 0 : 1;
}

export interface PairAnswer {
  readonly image: EnvImage;
  readonly active: number;
  readonly damaged: EnvErrorCode | undefined;
}

export function pairParsed(bytes: Uint8Array, options: ParseRedundantOptions): Answer<PairAnswer> {
  const { size = 8192, scheme = 'counter', byteOrder } = options;
  if (size > MAX_SIZE) return { code: 'too-large' };
  if (size < MIN_SIZE || size % 1 !== 0 || bytes.length < 2 * size) return { code: 'too-small' };
  const copies = [0, 1].map((n) => parsed(bytes.slice(n * size, (n + 1) * size), { flavour: 'flag', byteOrder }));
  const [first, second] = copies;
  if (first === undefined || second === undefined) throw new Error('two copies were cut');
  if ('code' in first && 'code' in second) return { code: 'both-invalid' };
  if ('code' in first)
    return 'value' in second ? { value: { image: second.value, active: 1, damaged: first.code } } : first;
  if ('code' in second) return { value: { image: first.value, active: 0, damaged: second.code } };
  const active = countingCopy(first.value.flag, second.value.flag, scheme);
  return { value: { image: active === 0 ? first.value : second.value, active, damaged: undefined } };
}

/** Whether each character is one byte, and none of them is NUL. */
const isStorable = (text: string): boolean => [...text].every((letter) => letter > '\0' && letter <= '\xff');

/** What is wrong with writing (or, where `asChange`, with setting) a variable. */
export function fault(name: string, value: string, asChange: boolean): EnvErrorCode | undefined {
  if (name === '' || name.includes('=') || !isStorable(name) || name.startsWith('\xff')) return 'bad-name';
  if (asChange && value !== '' && [' ', '\t', '#'].includes(name.charAt(0))) return 'bad-name';
  return isStorable(value) ? undefined : 'bad-value';
}

export function written(image: EnvImage, padding: Padding): Answer<Uint8Array> {
  const header = headerOf(image.flavour);
  if (image.size % 1 !== 0 || !(image.size >= header + 2)) return { code: 'too-small' };
  if (image.size > MAX_SIZE) return { code: 'too-large' };
  if (image.flag % 1 !== 0 || !(image.flag >= 0 && image.flag <= 255)) return { code: 'bad-flag' };
  const content: number[] = [];
  for (const name of [...image.vars.keys()].sort()) {
    const value = image.vars.get(name) ?? '';
    const code = fault(name, value, false);
    if (code !== undefined) return { code };
    for (const letter of `${name}=${value}\0`) content.push(letter.charCodeAt(0));
  }
  content.push(...(content.length === 0 ? [0, 0] : [0]));
  if (header + content.length > image.size) return { code: 'overflow' };
  const bytes = new Uint8Array(image.size).fill(padding);
  bytes.set(content, header);
  if (image.flavour === 'flag') bytes[4] = image.flag;
  bytes.set(crcBytes(crcOf(bytes, header), image.byteOrder));
  return { value: bytes };
}

/** The variables after some changes. */
export function changed(
  vars: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string>,
): Answer<ReadonlyMap<string, string>> {
  const next = new Map(vars);
  for (const [name, value] of changes) {
    const code = fault(name, value, true);
    if (code !== undefined) return { code };
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return { value: next };
}

export function imported(text: string): Answer<ReadonlyMap<string, string>> {
  if (text.length > MAX_SIZE) return { code: 'too-large' };
  const vars = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r$/)) {
    if (line === '' || line.charAt(0) === '#') continue;
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) return { code: 'bad-line' };
    const code = fault(name, value, true);
    if (code !== undefined) return { code };
    vars.set(name, value);
  }
  return { value: vars };
}
