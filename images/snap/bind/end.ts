import { SnapError } from '../error.ts';
import { quote } from '../quote.ts';
import { type GoMap, type GoValue, goTypeOf } from '../yaml/value.ts';
import { normalize } from './attributes.ts';
import type { End } from './draft.ts';

export type Side = 'plug' | 'slot';

export function implicitEnd(name: string): End {
  return { name, interface: name, label: '', attrs: new Map(), scoped: true };
}

/**
 * A plug or slot of the top level: `name:`, `name: interface` or `name: {interface, label, attributes}`. Throws `bad-plug`
 * or `bad-slot`.
 */
export function readEnd(side: Side, name: string, data: GoValue): End {
  const end = { name, interface: name, label: '', attrs: new Map<string, GoValue>(), scoped: false };
  if (data === null) return end;
  if (typeof data === 'string') return { ...end, interface: data };
  const called = `${side} ${quote(name)}`;
  const bad = (message: string): SnapError => new SnapError(side === 'plug' ? 'bad-plug' : 'bad-slot', message);
  if (!(data instanceof Map)) throw bad(`${called} has malformed definition (found ${goTypeOf(data)})`);
  for (const [key, value] of data as GoMap) {
    if (typeof key !== 'string') {
      throw bad(`${called} has attribute key that is not a string (found ${goTypeOf(key)})`);
    }
    if (key.startsWith('$')) throw bad(`${called} uses reserved attribute ${quote(key)}`);
    if (key === '') throw bad(`${called} has an empty attribute key`);
    if (key === 'interface') {
      if (typeof value !== 'string') {
        throw bad(`interface name on ${called} is not a string (found ${goTypeOf(value)})`);
      }
      end.interface = value;
    } else if (key === 'label') {
      if (typeof value !== 'string') throw bad(`label of ${called} is not a string (found ${goTypeOf(value)})`);
      end.label = value;
    } else {
      end.attrs.set(key, attribute(key, value, called, bad));
    }
  }
  return end;
}

function attribute(key: string, value: GoValue, called: string, bad: (message: string) => SnapError): GoValue {
  try {
    return normalize(value);
  } catch (cause) {
    throw bad(`attribute ${quote(key)} of ${called}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
