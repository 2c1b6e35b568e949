import { type Cursor, isBlank, isBreak, isBreakOrEnd, isGap } from './cursor.ts';
import { scanTagHandle, scanTagUri, takeWord } from './properties.ts';
import type { TokenBody } from './token.ts';

const MAX_VERSION_DIGITS = 2;

/** Reads `%YAML 1.1` or `%TAG ! prefix` with the end of its line. Throws a YamlError. */
export function scanDirective(cursor: Cursor): TokenBody {
  cursor.skip();
  const name = takeWord(cursor);
  if (name === '') throw cursor.error('could not find expected directive name');
  if (!isGap(cursor.at())) throw cursor.error('found unexpected non-alphabetical character');
  if (name !== 'YAML' && name !== 'TAG') throw cursor.error('found unknown directive name');
  cursor.skipBlanks();
  const directive = name === 'YAML' ? scanVersion(cursor) : scanTagPrefix(cursor);
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.at())) throw cursor.error('did not find expected comment or line break');
  if (isBreak(cursor.at())) cursor.takeBreak();
  return directive;
}

function scanVersion(cursor: Cursor): TokenBody {
  const major = scanNumber(cursor);
  if (!cursor.is('.')) throw cursor.error("did not find expected digit or '.' character");
  cursor.skip();
  return { kind: 'version-directive', version: `${major}.${scanNumber(cursor)}` };
}

function scanNumber(cursor: Cursor): number {
  let digits = '';
  while (cursor.isOneOf('0123456789')) {
    if (digits.length === MAX_VERSION_DIGITS) throw cursor.error('found extremely long version number');
    digits += cursor.take();
  }
  if (digits === '') throw cursor.error('did not find expected version number');
  return Number(digits);
}

function scanTagPrefix(cursor: Cursor): TokenBody {
  const handle = scanTagHandle(cursor, true);
  if (!isBlank(cursor.at())) throw cursor.error('did not find expected whitespace');
  cursor.skipBlanks();
  const prefix = scanTagUri(cursor, '');
  if (!isGap(cursor.at())) throw cursor.error('did not find expected whitespace or line break');
  return { kind: 'tag-directive', handle, prefix };
}
