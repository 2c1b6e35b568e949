import type { End } from '../bind/draft.ts';
import { isCleanSubPath, patternIn } from '../path.ts';
import { quote } from '../quote.ts';
import { isMap, refuse, textOf, textsIn } from './attributes.ts';

export function checkContentPlug(end: End): void {
  defaultContent(end);
  const target = textOf(end, 'target') ?? '';
  if (target === '') refuse('content plug must contain target path');
  checkPath(target);
}

export function checkContentSlot(end: End): void {
  defaultContent(end);
  if (end.attrs.has('source')) {
    if (end.attrs.has('read')) refuse('move the "read" attribute into the "source" section');
    if (end.attrs.has('write')) refuse('move the "write" attribute into the "source" section');
  }
  const paths = [...pathsOf(end, 'read'), ...pathsOf(end, 'write')];
  if (paths.length === 0) refuse('read or write path must be set');
  for (const path of paths) checkPath(path);
}

function defaultContent(end: End): void {
  if ((textOf(end, 'content') ?? '') === '') end.attrs.set('content', end.name);
}

/** In `source`, or where older slots have it. */
function pathsOf(end: End, key: 'read' | 'write'): readonly string[] {
  const source = end.attrs.get('source');
  return textsIn(isMap(source) ? source.get(key) : end.attrs.get(key)) ?? [];
}

function checkPath(path: string): void {
  const pattern = patternIn(path);
  if (pattern !== undefined) refuse(`content interface path is invalid: ${quote(path)} ${pattern}`);
  if (!isCleanSubPath(path)) refuse(`content interface path is not clean: ${quote(path)}`);
}
