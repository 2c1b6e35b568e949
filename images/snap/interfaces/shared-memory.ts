import type { Draft, End } from '../bind/draft.ts';
import { isCleanSubPath, patternIn } from '../path.ts';
import { quote } from '../quote.ts';
import { goText } from '../yaml/value.ts';
import { defaultToName, refuse, textsIn } from './attributes.ts';

/** Of what AppArmor reads as a pattern a single `*` is fine here. */
const PATTERN_CHARACTERS = '?[]{}^"\0';

export function checkSharedMemoryPlug(end: End, draft: Draft): void {
  const given = end.attrs.get('private');
  if (given !== undefined && typeof given !== 'boolean') {
    refuse(`shared-memory "private" attribute must be a bool, not ${goText(given)}`);
  }
  end.attrs.set('private', given === true);
  checkName(end);
  if (given !== true) {
    defaultToName(end, 'shared-memory');
    return;
  }
  if (end.attrs.has('shared-memory')) {
    refuse('shared-memory "shared-memory" attribute must not be set together with "private: true"');
  }
  const others = (ends: ReadonlyMap<string, End>) =>
    [...ends.values()].some((other) => other !== end && other.interface === 'shared-memory');
  const with_ = 'shared-memory plug with "private: true" set cannot be used with';
  if (others(draft.plugs)) refuse(`${with_} other shared-memory plugs`);
  if (others(draft.slots)) refuse(`${with_} shared-memory slots`);
}

export function checkSharedMemorySlot(end: End): void {
  checkName(end);
  defaultToName(end, 'shared-memory');
  const paths = [...pathsOf(end, 'read'), ...pathsOf(end, 'write')];
  if (paths.length === 0) refuse('shared memory interface requires at least a valid "read" or "write" attribute');
  for (const path of paths) checkPath(path);
}

function checkName(end: End): void {
  const name = end.attrs.get('shared-memory');
  if (name !== undefined && typeof name !== 'string') {
    refuse(`shared-memory "shared-memory" attribute must be a string, not ${goText(name)}`);
  }
}

function pathsOf(end: End, key: string): readonly string[] {
  const value = end.attrs.get(key);
  if (value === undefined) return [];
  return (
    textsIn(value) ?? refuse(`shared-memory ${quote(key)} attribute must be a list of strings, not "${goText(value)}"`)
  );
}

function checkPath(path: string): void {
  const quoted = quote(path);
  if (path === '') refuse('shared-memory interface path is empty');
  if (path.trim() !== path) refuse(`shared-memory interface path has leading or trailing spaces: ${quoted}`);
  const pattern = patternIn(path, PATTERN_CHARACTERS);
  if (pattern !== undefined) refuse(`shared-memory interface path is invalid: ${quoted} ${pattern}`);
  if (path.includes('**'))
    refuse(`shared-memory interface path is invalid: ${quoted} contains ** which is unsupported`);
  if (path.includes('/')) refuse(`shared-memory interface path should not contain '/': ${quoted}`);
  if (!isCleanSubPath(path)) refuse(`shared-memory interface path is not clean: ${quoted}`);
}
