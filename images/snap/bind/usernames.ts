import { SnapError } from '../error.ts';
import type { SystemUsername } from '../model.ts';
import { quote } from '../quote.ts';
import type { SnapDocument } from '../schema/document.ts';
import { type GoMap, type GoValue, goTypeOf } from '../yaml/value.ts';
import { attributesOf, normalize } from './attributes.ts';

/** The users of the system that a snap wants: `name: scope` or `name: {scope, attributes}`. Throws `bad-system-username`. */
export function usernamesOf(yaml: SnapDocument): ReadonlyMap<string, SystemUsername> {
  const bad = (message: string): SnapError => new SnapError('bad-system-username', message);
  const all = new Map<string, SystemUsername>();
  for (const [name, data] of yaml['system-usernames']) {
    if (name === '') throw bad('system username cannot be empty');
    const called = `system username ${quote(name)}`;
    const { scope, attrs } = usernameOf(data, called, bad);
    if (scope === '') throw bad(`${called} does not specify a scope`);
    all.set(name, { scope, attrs });
  }
  return all;
}

function usernameOf(data: GoValue, called: string, bad: (message: string) => SnapError): SystemUsername {
  if (data === null) return { scope: '', attrs: {} };
  if (typeof data === 'string') return { scope: data, attrs: {} };
  if (!(data instanceof Map)) throw bad(`${called} has malformed definition (found ${goTypeOf(data)})`);
  let scope = '';
  const attrs = new Map<string, GoValue>();
  for (const [key, value] of data as GoMap) {
    if (typeof key !== 'string') {
      throw bad(`${called} has attribute key that is not a string (found ${goTypeOf(key)})`);
    }
    if (key === '') throw bad(`${called} has an empty attribute key`);
    if (key === 'scope') {
      if (typeof value !== 'string') throw bad(`scope on ${called} is not a string (found ${goTypeOf(value)})`);
      scope = value;
      continue;
    }
    try {
      attrs.set(key, normalize(value));
    } catch (cause) {
      throw bad(`attribute ${quote(key)} of ${called}: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  return { scope, attrs: attributesOf(attrs) };
}
