import { type Cursor, isBlank, isBreak, isGap } from './cursor.ts';
import { Gap } from './gap.ts';

/** What ends a plain scalar inside brackets. */
const FLOW_INDICATORS = ',?[]{}';

export interface PlainScalar {
  readonly value: string;
  /** The line ended after it, so that a key may follow. */
  readonly broken: boolean;
}

/** Reads a scalar without quotes. `indent` is that of the block around it. Throws a YamlError. */
export function scanPlain(cursor: Cursor, indent: number, flow: boolean): PlainScalar {
  let value = '';
  const gap = new Gap();
  for (;;) {
    if (cursor.isDocumentMark('---') || cursor.isDocumentMark('...') || cursor.is('#')) break;
    while (!isGap(cursor.at()) && !endsHere(cursor, flow)) value += gap.fold() + cursor.take();
    if (!isBlank(cursor.at()) && !isBreak(cursor.at())) break;
    gap.read(cursor, indent + 1);
    if (!flow && cursor.column <= indent) break;
  }
  return { value, broken: gap.broken };
}

function endsHere(cursor: Cursor, flow: boolean): boolean {
  return (cursor.is(':') && isGap(cursor.at(1))) || (flow && cursor.isOneOf(FLOW_INDICATORS));
}
