import { posix } from 'node:path';

/** As Go cleans a path: without `.`, `..` in the middle, doubled and trailing slashes. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path === '' ? '.' : path);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** Clean, and not a way out of the folder that it is in. */
export function isCleanSubPath(path: string): boolean {
  return cleanPath(path) === path && path !== '..' && !path.startsWith('../');
}

/** Whether a path in a snap can leave it, as the launcher sees it, too: one that is absolute begins at the snap's root. */
export function leadsOut(path: string): boolean {
  return path.split('/').includes('..');
}

const PATTERN_CHARACTERS = '?*[]{}^"\0';

/** Why a path cannot stand in an AppArmor profile as it is. */
export function patternIn(path: string, characters = PATTERN_CHARACTERS): string | undefined {
  if (![...characters].some((character) => path.includes(character))) return undefined;
  return `contains a reserved apparmor char from ${characters}`;
}
