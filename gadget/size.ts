import { GadgetError } from './error.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, M: 2 ** 20, G: 2 ** 30 };

/** Largest size or offset accepted: 64 TiB, far above any device and far below what a JavaScript number counts exactly. */
export const MAX_SIZE_BYTES = 2 ** 46;

/**
 * Reads a size or an offset as gadget.yaml writes it: digits, optionally followed by `M` (MiB) or `G` (GiB); no sign, no other
 * suffix (snapd, gadget/quantity). Returns bytes.
 * @throws GadgetError `bad-size`, naming `path`
 */
export function parseSize(text: string, path: string): number {
  if (text.startsWith('-')) throw new GadgetError('bad-size', path, `"${text.slice(0, 40)}" cannot be negative`);
  const match = /^([0-9]{1,15})([MG]?)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (match?.[1] === undefined || unit === undefined)
    throw new GadgetError('bad-size', path, `"${text.slice(0, 40)}" is not a size: digits, then nothing, M or G`);
  const bytes = Number(match[1]) * unit;
  if (bytes > MAX_SIZE_BYTES) throw new GadgetError('bad-size', path, `${text} is above the limit of 64 TiB`);
  return bytes;
}
