/** Reading what a plug or slot was given, with what snapd says where it is of another kind. */
import type { End } from '../bind/draft.ts';
import { quote } from '../quote.ts';
import { type GoValue, goTypeOf } from '../yaml/value.ts';

/** The word of an interface against a plug or slot; the message is snapd's. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export function refuse(message: string): never {
  throw new Refusal(message);
}

export function textOf(end: End, key: string): string | undefined {
  const value = end.attrs.get(key);
  return typeof value === 'string' ? value : undefined;
}

export function integerOf(end: End, key: string): bigint | undefined {
  const value = end.attrs.get(key);
  return typeof value === 'bigint' ? value : undefined;
}

/** A list that holds texts alone; undefined for any other value. */
export function textsIn(value: GoValue | undefined): readonly string[] | undefined {
  if (!isList(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value as readonly string[];
}

export function isList(value: GoValue | undefined): value is readonly GoValue[] {
  return Array.isArray(value);
}

export function isMap(value: GoValue | undefined): value is ReadonlyMap<string, GoValue> {
  return value instanceof Map;
}

/** @throws Refusal: the attribute is there and is no `wanted` (Go's name of a type) */
export function refuseType(snap: string, end: End, key: string, wanted: string): never {
  refuse(
    `snap ${quote(snap)} has interface ${quote(end.interface)} with invalid value type ${attributeType(end.attrs.get(key) ?? null)} for ${quote(key)} attribute: *${wanted}`,
  );
}

function attributeType(value: GoValue): string {
  if (typeof value === 'bigint') return 'int64';
  return value instanceof Map ? 'map[string]interface {}' : goTypeOf(value);
}

/** Texts where the attribute is there, none where not. Throws a Refusal where it is something else. */
export function textsOf(snap: string, end: End, key: string): readonly string[] {
  const value = end.attrs.get(key);
  if (value === undefined) return [];
  return textsIn(value) ?? refuseType(snap, end, key, '[]string');
}

/** An attribute that names the thing that is shared: the name of the plug or slot where none was given. */
export function defaultToName(end: End, key: string): void {
  const value = end.attrs.get(key);
  if (value === undefined || value === '') end.attrs.set(key, end.name);
}
