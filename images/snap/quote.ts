const NAMED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return NAMED[character] ?? `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** A text in double quotes, as snapd's messages have it: what cannot be printed is escaped. */
export function quote(text: string): string {
  const safe = text.replace(/["\\]/g, '\\$&').replace(/[\p{C}\p{Z}]/gu, (c) => (c === ' ' ? c : escaped(c)));
  return `"${safe}"`;
}

/** The same with everything escaped that is not ASCII. */
export function quoteAscii(text: string): string {
  return quote(text).replace(/[^\0-\x7f]/gu, escaped);
}
