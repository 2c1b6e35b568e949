import { type Cursor, isGap } from './cursor.ts';
import { widthOf } from './utf8.ts';

const WORD = /[0-9A-Za-z_-]/;
const URI_MARKS = ";/?:@&=+$,.!~*'()[]%";

export function isWord(cursor: Cursor): boolean {
  return WORD.test(String.fromCharCode(cursor.at()));
}

export function takeWord(cursor: Cursor): string {
  let word = '';
  while (isWord(cursor)) word += cursor.take();
  return word;
}

/** Reads the name behind `&` or `*`. Throws a YamlError. */
export function scanName(cursor: Cursor): string {
  cursor.skip();
  const name = takeWord(cursor);
  if (name === '' || !(isGap(cursor.at()) || cursor.isOneOf('?:,]}%@`'))) {
    throw cursor.error('did not find expected alphabetic or numeric character');
  }
  return name;
}

/** Reads a tag, the cursor on its `!`. An empty handle: the suffix is the whole tag. Throws a YamlError. */
export function scanTag(cursor: Cursor): { readonly handle: string; readonly suffix: string } {
  let tag: { handle: string; suffix: string };
  if (cursor.is('<', 1)) {
    cursor.skip(2);
    tag = { handle: '', suffix: scanTagUri(cursor, '') };
    if (!cursor.is('>')) throw cursor.error("did not find the expected '>'");
    cursor.skip();
  } else {
    const handle = scanTagHandle(cursor, false);
    if (handle.length > 1 && handle.endsWith('!')) {
      tag = { handle, suffix: scanTagUri(cursor, '') };
    } else {
      const suffix = scanTagUri(cursor, handle);
      tag = suffix === '' ? { handle: '', suffix: '!' } : { handle: '!', suffix };
    }
  }
  if (!isGap(cursor.at())) throw cursor.error('did not find expected whitespace or line break');
  return tag;
}

/** `!`, `!!` or `!word!`; outside a directive also the start of `!suffix`. Throws a YamlError. */
export function scanTagHandle(cursor: Cursor, directive: boolean): string {
  if (!cursor.is('!')) throw cursor.error("did not find expected '!'");
  let handle = cursor.take() + takeWord(cursor);
  if (cursor.is('!')) handle += cursor.take();
  else if (directive && handle !== '!') throw cursor.error("did not find expected '!'");
  return handle;
}

/** The rest of a tag; `head` is what was read as if it were a handle. Throws a YamlError. */
export function scanTagUri(cursor: Cursor, head: string): string {
  let uri = head.slice(1);
  let any = head !== '';
  while (isWord(cursor) || cursor.isOneOf(URI_MARKS)) {
    uri += cursor.is('%') ? scanEscape(cursor) : cursor.take();
    any = true;
  }
  if (!any) throw cursor.error('did not find expected tag URI');
  return uri;
}

/** One character, written as the octets of its UTF-8. */
function scanEscape(cursor: Cursor): string {
  const octets: number[] = [];
  let wanted = 1;
  while (octets.length < wanted) {
    const hex = String.fromCharCode(cursor.at(1), cursor.at(2));
    if (!cursor.is('%') || !/^[0-9a-fA-F]{2}$/.test(hex)) throw cursor.error('did not find URI escaped octet');
    const octet = Number.parseInt(hex, 16);
    if (octets.length === 0) {
      wanted = widthOf(octet);
      if (wanted === 0) throw cursor.error('found an incorrect leading UTF-8 octet');
    } else if ((octet & 0xc0) !== 0x80) {
      throw cursor.error('found an incorrect trailing UTF-8 octet');
    }
    octets.push(octet);
    cursor.skip(3);
  }
  return Buffer.from(octets).toString();
}
