import { type Decoder, isMerge, type Type } from './decode.ts';
import { yamlError } from './error.ts';
import type { Node } from './node.ts';
import { resolveScalar } from './resolve.ts';
import { type GoKey, type GoValue, goText } from './value.ts';

/** A text: any scalar as it was written, "1.10" stays "1.10"; nothing is "". */
export const text: Type<string> = {
  name: 'string',
  zero: () => '',
  read(node, decoder) {
    if (node.kind !== 'scalar') return decoder.misfit(node, this.name);
    const { tag, value } = resolveScalar(node);
    return tag === '!!binary' ? String(value) : node.value;
  },
};

/** An unsigned number of 32 bits. */
export function uint32(name: string): Type<number> {
  return {
    name,
    zero: () => 0,
    read(node, decoder) {
      const value = node.kind === 'scalar' ? resolveScalar(node).value : undefined;
      const number = typeof value === 'bigint' || typeof value === 'number' ? Math.trunc(Number(value)) : -1;
      return number >= 0 && number < 2 ** 32 ? number : decoder.misfit(node, name);
    },
  };
}

export function list<T>(item: Type<T>): Type<readonly T[]> {
  return {
    name: `[]${item.name}`,
    zero: () => [],
    read(node, decoder) {
      if (node.kind !== 'sequence') return decoder.misfit(node, this.name);
      // An item that does not fit is told of and left out.
      return node.items.map((child) => decoder.read(child, item)).filter((value) => value !== undefined) as T[];
    },
  };
}

/** Keys as they were written. Two maps under one key, or a map and what is merged into it, become one. */
export function map<T>(value: Type<T>): Type<ReadonlyMap<string, T>> {
  return {
    name: `map[string]${value.name}`,
    zero: () => new Map(),
    read(node, decoder, before) {
      if (node.kind !== 'mapping') return decoder.misfit(node, this.name);
      const entries = new Map(before);
      for (const [key, child] of node.entries) {
        if (isMerge(key)) {
          for (const merged of decoder.merged(child)) {
            for (const entry of this.read(merged, decoder) ?? []) entries.set(...entry);
          }
          continue;
        }
        const name = decoder.read(key, text);
        if (name === undefined) continue;
        const found = decoder.read(child, value);
        if (found !== undefined) entries.set(name, found);
      }
      return entries;
    },
  };
}

type Fields = Readonly<Record<string, Type<unknown>>>;
export type StructOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Type<infer T> ? T : never };

/** A map with known keys; others are left alone, and a key that is missing has its zero. */
export function struct<F extends Fields>(name: string, fields: F): Type<StructOf<F>> {
  const zero = (): StructOf<F> =>
    Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, type.zero()])) as StructOf<F>;
  return {
    name,
    zero,
    read(node, decoder, before) {
      if (node.kind !== 'mapping') return decoder.misfit(node, name);
      let result: Record<string, unknown> = { ...(before ?? zero()) };
      for (const [key, child] of node.entries) {
        if (isMerge(key)) {
          for (const merged of decoder.merged(child)) {
            result = { ...this.read(merged, decoder, result as StructOf<F>) };
          }
          continue;
        }
        const field = decoder.read(key, text);
        const type = field !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
        if (field === undefined || type === undefined) continue;
        const value = decoder.read(child, type, result[field]);
        if (value !== undefined) result[field] = value;
      }
      return result as StructOf<F>;
    },
  };
}

/** A text that a function turns into something else, or throws. Of the words for nothing, `NULL` and `Null` reach it as "". */
export function checked<T>(parse: (text: string) => T, zero: T): Type<T> {
  return {
    name: 'string',
    zero: () => zero,
    ofNullWord: () => parse(''),
    read(node, decoder) {
      const value = text.read(node, decoder);
      return value === undefined ? undefined : parse(value);
    },
  };
}

/** Whatever is there. */
export const any: Type<GoValue> = {
  name: 'interface {}',
  zero: () => null,
  read(node, decoder) {
    if (node.kind === 'scalar') {
      const { tag, value } = resolveScalar(node);
      return tag === '!!timestamp' ? node.value : value;
    }
    // A text that does not fit anywhere in here is impossible: nothing is left out.
    if (node.kind === 'sequence') return node.items.map((item) => decoder.read(item, any) ?? null);
    return readAnyMap(node.entries, decoder);
  },
};

function readAnyMap(nodes: readonly (readonly [Node, Node])[], decoder: Decoder): ReadonlyMap<GoKey, GoValue> {
  const entries = new Map<GoKey, GoValue>();
  for (const [key, child] of nodes) {
    if (isMerge(key)) {
      for (const merged of decoder.merged(child)) {
        for (const entry of readAnyMap(merged.entries, decoder)) entries.set(...entry);
      }
      continue;
    }
    const name = decoder.read(key, any) ?? null;
    if (typeof name === 'object' && name !== null) throw yamlError(`invalid map key: ${goText(name)}`);
    entries.set(name, decoder.read(child, any) ?? null);
  }
  return entries;
}
