import type { End } from '../bind/draft.ts';
import { cleanPath, patternIn } from '../path.ts';
import { quote } from '../quote.ts';
import { isList, refuse } from './attributes.ts';

/** Says what is wrong with a path. */
type PathRule = (path: string) => string | undefined;

export const homePath: PathRule = (path) => {
  if (!path.startsWith('$HOME/')) return `${quote(path)} must start with "$HOME/"`;
  if (path.split('$HOME').length > 2) return `$HOME must only be used at the start of the path of ${quote(path)}`;
  return undefined;
};

export const systemPath: PathRule = (path) => {
  if (!path.startsWith('/')) return `${quote(path)} must start with "/"`;
  return path.includes('$HOME') ? `$HOME cannot be used in ${quote(path)}` : undefined;
};

/** A plug that names files to read and to write (personal-files, system-files). */
export function checkFilesPlug(end: End, rule: PathRule): void {
  const cannot = `cannot add ${end.interface} plug:`;
  const given = ['read', 'write'].filter((key) => end.attrs.has(key));
  for (const key of given) {
    const paths = end.attrs.get(key);
    if (!isList(paths)) refuse(`${cannot} ${quote(key)} must be a list of strings`);
    for (const path of paths) {
      const problem = typeof path === 'string' ? problemOf(path, rule) : `${quote(key)} must be a list of strings`;
      if (problem !== undefined) refuse(`${cannot} ${problem}`);
    }
  }
  if (given.length === 0) refuse(`${cannot} needs valid "read" or "write" attribute`);
}

function problemOf(path: string, rule: PathRule): string | undefined {
  const quoted = quote(path);
  if (path.endsWith('/')) return `${quoted} cannot end with "/"`;
  // With what is put behind it, it would look like a variable of AppArmor's.
  if (path.endsWith('@')) return `${quoted} cannot end with "@"`;
  const clean = cleanPath(path);
  if (clean !== path) return `cannot use ${quoted}: try ${quote(clean)}`;
  if (path.includes('~')) return `${quoted} cannot contain "~"`;
  const pattern = patternIn(path);
  return pattern === undefined ? rule(path) : `${quoted} ${pattern}`;
}
