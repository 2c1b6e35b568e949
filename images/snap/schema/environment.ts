import { SnapError } from '../error.ts';
import type { Variable } from '../model.ts';
import { quote } from '../quote.ts';
import { isMerge, type Type } from '../yaml/decode.ts';
import { any, map, text } from '../yaml/types.ts';
import { type GoKey, goText, goTypeOf } from '../yaml/value.ts';

const values = map(text);

/** Variables in their order. A name must be a text and may not come twice. */
export const environment: Type<readonly Variable[]> = {
  name: 'strutil.OrderedMap',
  zero: () => [],
  read(node, decoder) {
    const before = decoder.misfits.length;
    const found = values.read(node, decoder);
    if (found === undefined || node.kind !== 'mapping' || decoder.misfits.length > before) return undefined;
    const variables = new Map<string, string>();
    for (const [key] of node.entries) {
      if (isMerge(key)) continue;
      const name = decoder.read(key, any) ?? null;
      if (typeof name !== 'string') throw new SnapError('bad-metadata', `cannot read ${goQuoted(name as GoKey)}`);
      if (variables.has(name)) throw new SnapError('bad-metadata', `found duplicate key ${quote(name)}`);
      variables.set(name, found.get(name) ?? '');
    }
    return [...variables];
  },
};

/** What Go's quoting makes of what is no text: an integer becomes the character of that number. */
function goQuoted(value: GoKey): string {
  if (value === null) return '%!q(<nil>)';
  if (typeof value !== 'bigint') return `%!q(${goTypeOf(value)}=${goText(value)})`;
  const character = value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd';
  if (character === "'") return "'\\''";
  return `'${character === '"' ? '"' : quote(character).slice(1, -1)}'`;
}
