import { type Cursor, isBreak, isGap } from './cursor.ts';
import { Gap } from './gap.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};

/** Hexadecimal digits that follow. */
const CODES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads a scalar in single or double quotes; the cursor stands on the first. Throws a YamlError. */
export function scanQuoted(cursor: Cursor, quote: "'" | '"'): string {
  cursor.skip();
  let value = '';
  const gap = new Gap();
  for (;;) {
    if (cursor.isDocumentMark('---') || cursor.isDocumentMark('...')) {
      throw cursor.error('found unexpected document indicator');
    }
    if (cursor.at() === 0) throw cursor.error('found unexpected end of stream');
    value += quote === '"' ? doubleQuoted(cursor, gap) : singleQuoted(cursor);
    if (cursor.is(quote)) break;
    gap.read(cursor);
    value += gap.fold();
  }
  cursor.skip();
  return value;
}

function singleQuoted(cursor: Cursor): string {
  let value = '';
  while (!isGap(cursor.at())) {
    if (cursor.is("'")) {
      if (!cursor.is("'", 1)) break;
      cursor.skip();
    }
    value += cursor.take();
  }
  return value;
}

function doubleQuoted(cursor: Cursor, gap: Gap): string {
  let value = '';
  while (!isGap(cursor.at()) && !cursor.is('"')) {
    if (!cursor.is('\\')) {
      value += cursor.take();
    } else if (isBreak(cursor.at(1))) {
      cursor.skip();
      cursor.takeBreak();
      gap.escapeBreak();
      break;
    } else {
      value += escaped(cursor);
    }
  }
  return value;
}

function escaped(cursor: Cursor): string {
  const letter = String.fromCharCode(cursor.at(1));
  const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  const digits = Object.hasOwn(CODES, letter) ? CODES[letter] : undefined;
  if (plain === undefined && digits === undefined) throw cursor.error('found unknown escape character');
  cursor.skip(2);
  if (digits === undefined) return plain ?? '';
  let hex = '';
  for (let i = 0; i < digits; i += 1) {
    if (!cursor.isOneOf('0123456789abcdefABCDEF', i)) throw cursor.error('did not find expected hexdecimal number');
    hex += String.fromCharCode(cursor.at(i));
  }
  const code = Number.parseInt(hex, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw cursor.error('found invalid Unicode character escape code');
  }
  cursor.skip(digits);
  return String.fromCodePoint(code);
}
