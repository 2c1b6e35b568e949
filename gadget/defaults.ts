/** What a gadget sets for snaps that it is booted with: the `defaults` of gadget.yaml, without a look at its volumes. */
import { parseGadgetDocument } from './document.ts';
import { GadgetError } from './error.ts';

/** A configuration: text, lists and maps of it. */
export type GadgetConf = string | null | readonly GadgetConf[] | { readonly [key: string]: GadgetConf };

const maxDepth = 16;

/**
 * The defaults of one snap (by its snap id; `system` for the system itself) as nested maps; undefined where there are none.
 * Scalars are the text that was written.
 * @throws GadgetError
 */
export function parseDefaults(text: string, snap: string): GadgetConf | undefined {
  const conf = at(at(parseGadgetDocument(text), 'defaults'), snap);
  return conf === undefined ? undefined : plain(conf, `defaults.${snap}`, 0);
}

function at(value: unknown, key: string): unknown {
  return value instanceof Map ? value.get(key) : undefined;
}

function plain(value: unknown, path: string, depth: number): GadgetConf {
  if (depth > maxDepth) throw new GadgetError('too-big', path, 'is nested too deeply');
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((entry: unknown) => plain(entry, path, depth + 1));
  if (!(value instanceof Map)) throw new GadgetError('bad-shape', path, 'must be a mapping, a list or text');
  const entries = [...value].map(([key, inner]): readonly [string, GadgetConf] => {
    if (typeof key !== 'string') throw new GadgetError('bad-shape', path, 'has a key that is not text');
    return [key, plain(inner, `${path}.${key}`, depth + 1)];
  });
  // Own properties for all keys, "__proto__" among them.
  return Object.fromEntries(entries);
}
