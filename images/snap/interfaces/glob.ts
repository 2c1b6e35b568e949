import { quote } from '../quote.ts';

const MAX_GROUPS = 50;

/** Why a path with `*`, `?`, `[...]` and `{a,b}` is no pattern; undefined where it is one. */
export function globProblem(pattern: string): string | undefined {
  const commas: number[] = [];
  let inClass = false;
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      escaped = false;
    } else if (character === '\\') {
      escaped = true;
    } else if (inClass) {
      inClass = character !== ']';
    } else if (character === ']') {
      return `pattern contains unmatching ']': ${quote(pattern)}`;
    } else if (character === '[') {
      inClass = true;
    } else if (character === '{') {
      if (commas.push(0) > MAX_GROUPS) return `maximum group depth exceeded: ${quote(pattern)}`;
    } else if (character === '}') {
      const found = commas.pop();
      if (found === undefined) return `invalid closing brace, no matching open { found: ${quote(pattern)}`;
      if (found === 0) return `invalid number of items between {}: ${quote(pattern)}`;
    } else if (character === ',' && commas.length > 0) {
      commas.push((commas.pop() ?? 0) + 1);
    }
  }
  if (commas.length > 0) return `missing ${commas.length} closing brace(s): ${quote(pattern)}`;
  if (inClass) return `missing closing bracket ']': ${quote(pattern)}`;
  return escaped ? `expected character after '\\': ${quote(pattern)}` : undefined;
}
