import { type Cursor, isBlank, isBreak, isBreakOrEnd } from './cursor.ts';

interface Header {
  /** What becomes of the breaks at the end: all kept, one kept, none. */
  readonly chomp: 'keep' | 'clip' | 'strip';
  /** Columns more than the block around has; 0 where the first line decides. */
  readonly increment: number;
}

/** Reads a `|` or `>` scalar. `parent` is the indentation around it, -1 at the top. Throws a YamlError. */
export function scanBlockScalar(cursor: Cursor, parent: number, literal: boolean): string {
  const { chomp, increment } = header(cursor);
  let indent = increment === 0 ? 0 : Math.max(parent, 0) + increment;
  const breaks = (): string => {
    const found = scanBreaks(cursor, indent, parent);
    indent = found.indent;
    return found.breaks;
  };
  let value = '';
  let lineBreak = '';
  let emptyLines = breaks();
  let wasIndented = false;
  while (cursor.column === indent && cursor.at() !== 0) {
    const indented = isBlank(cursor.at());
    const folds = !literal && !wasIndented && !indented && lineBreak === '\n';
    value += (folds ? (emptyLines === '' ? ' ' : '') : lineBreak) + emptyLines;
    wasIndented = indented;
    while (!isBreakOrEnd(cursor.at())) value += cursor.take();
    lineBreak = isBreak(cursor.at()) ? cursor.takeBreak() : '';
    emptyLines = breaks();
  }
  if (chomp !== 'strip') value += lineBreak;
  return chomp === 'keep' ? value + emptyLines : value;
}

function header(cursor: Cursor): Header {
  cursor.skip();
  let chomp: Header['chomp'] = 'clip';
  let increment = 0;
  const readChomp = (): boolean => {
    if (!cursor.isOneOf('+-')) return false;
    chomp = cursor.take() === '+' ? 'keep' : 'strip';
    return true;
  };
  const readIncrement = (): boolean => {
    if (cursor.is('0')) throw cursor.error('found an indentation indicator equal to 0');
    if (!cursor.isOneOf('123456789')) return false;
    increment = Number(cursor.take());
    return true;
  };
  if (readChomp()) readIncrement();
  else if (readIncrement()) readChomp();
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.at())) throw cursor.error('did not find expected comment or line break');
  if (isBreak(cursor.at())) cursor.takeBreak();
  return { chomp, increment };
}

/** Reads indentation and empty lines; where the indentation is not known yet (0) the deepest of them decides. */
function scanBreaks(cursor: Cursor, indent: number, parent: number): { breaks: string; indent: number } {
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.is(' ')) cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.is('\t')) {
      throw cursor.error('found a tab character where an indentation space is expected');
    }
    if (!isBreak(cursor.at())) break;
    breaks += cursor.takeBreak();
  }
  return { breaks, indent: indent === 0 ? Math.max(deepest, parent + 1, 1) : indent };
}
