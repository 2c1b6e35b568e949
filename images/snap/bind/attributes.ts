import type { Attribute, Attributes } from '../model.ts';
import { type GoMap, type GoValue, goText, isUint64 } from '../yaml/value.ts';

/** The same value with texts for keys. Throws an Error with snapd's message where it is no attribute. */
export function normalize(value: GoValue): GoValue {
  if (value === null || (typeof value === 'bigint' && isUint64(value))) {
    throw new Error(`invalid scalar: ${goText(value)}`);
  }
  if (typeof value !== 'object') return value;
  if (!(value instanceof Map)) return (value as readonly GoValue[]).map(normalize);
  const entries = new Map<string, GoValue>();
  for (const [key, of] of value as GoMap) {
    if (typeof key !== 'string') throw new Error(`non-string key: ${goText(key)}`);
    entries.set(key, normalize(of));
  }
  return entries;
}

/** As plain data; an integer that a double cannot hold loses its last digits. */
export function attributesOf(values: GoMap): Attributes {
  // Makes own properties of all keys, "__proto__" among them.
  return Object.fromEntries([...values].map(([key, value]) => [String(key), attributeOf(value)]));
}

function attributeOf(value: GoValue): Attribute {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Map) return attributesOf(value as GoMap);
  if (typeof value === 'object') return ((value ?? []) as readonly GoValue[]).map(attributeOf);
  return value;
}
