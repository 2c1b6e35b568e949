/** Which lines of a serial console show that something happened. Pure. */
import { plain } from './format.ts';

const WIDTH = 150;

/**
 * The whole lines on which a match of `pattern` begins and ends; one line where these are the same, none where there is no
 * match. A match that spans more is shown with `...` for what lies between.
 */
export function evidenceLines(text: string, pattern: RegExp): string[] {
  const clean = plain(text);
  const match = pattern.exec(clean);
  if (match === null) return [];
  const begin = clean.lastIndexOf('\n', match.index) + 1;
  const last = match.index + match[0].trimEnd().length;
  const after = clean.indexOf('\n', last);
  const lines = clean
    .slice(begin, after < 0 ? undefined : after)
    .split('\n')
    .map((line) => line.trim().slice(0, WIDTH))
    .filter((line) => line !== '');
  const [first = '', final = ''] = [lines[0], lines.at(-1)];
  if (lines.length <= 2) return lines;
  return [first, '...', final];
}
