import { SnapError } from '../error.ts';
import type { Layout } from '../model.ts';
import { quote } from '../quote.ts';
import type { LayoutYaml } from '../schema/document.ts';

const DEFAULT_MODE = 0o755;

/** Throws `bad-layout`. */
export function layoutOf(path: string, given: LayoutYaml): Layout {
  return {
    path,
    bind: given.bind,
    bindFile: given['bind-file'],
    symlink: given.symlink,
    type: given.type,
    user: given.user || 'root',
    group: given.group || 'root',
    mode: given.mode === '' ? DEFAULT_MODE : parseMode(given.mode),
  };
}

function parseMode(text: string): number {
  const mode = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (mode < 2 ** 32) return mode;
  const why = Number.isNaN(mode) ? 'invalid syntax' : 'value out of range';
  throw new SnapError('bad-layout', `strconv.ParseUint: parsing ${quote(text)}: ${why}`);
}
