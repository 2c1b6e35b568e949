import { GadgetError } from './error.ts';

/** Keys that a description may hold in one map, and entries in one list. Real gadgets stay under 40. */
const MAX_ENTRIES = 256;
const MAX_TEXT_CHARS = 1024;

/** A mapping out of parsed YAML whose every access names where it happened. Absent and empty (`key:`) are the same. */
export class Fields {
  readonly path: string;
  readonly #map: ReadonlyMap<string, unknown>;

  constructor(value: unknown, path: string) {
    if (!(value instanceof Map)) throw new GadgetError('bad-shape', path, 'must be a mapping');
    if (value.size > MAX_ENTRIES)
      throw new GadgetError('too-big', path, `has ${value.size} entries, more than ${MAX_ENTRIES}`);
    for (const key of value.keys())
      if (typeof key !== 'string') throw new GadgetError('bad-shape', path, 'has a key that is not text');
    this.#map = value;
    this.path = path;
  }

  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  keys(): string[] {
    return [...this.#map.keys()];
  }

  has(key: string): boolean {
    const value = this.#map.get(key);
    return value !== undefined && value !== null && value !== '';
  }

  text(key: string): string | undefined {
    const value = this.#map.get(key);
    if (!this.has(key)) return undefined;
    if (typeof value !== 'string') throw new GadgetError('bad-shape', this.at(key), 'must be text');
    if (value.length > MAX_TEXT_CHARS) throw new GadgetError('too-big', this.at(key), 'is too long');
    return value;
  }

  need(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw new GadgetError('missing', this.at(key), `missing ${key}`);
    return value;
  }

  map(key: string): Fields | undefined {
    return this.has(key) ? new Fields(this.#map.get(key), this.at(key)) : undefined;
  }

  /** The entries of a list, each with the path that names it; none when the key is absent. */
  list(key: string): { readonly value: unknown; readonly path: string }[] {
    if (!this.has(key)) return [];
    const value: unknown = this.#map.get(key);
    if (!Array.isArray(value)) throw new GadgetError('bad-shape', this.at(key), 'must be a list');
    if (value.length > MAX_ENTRIES)
      throw new GadgetError('too-big', this.at(key), `has ${value.length} entries, more than ${MAX_ENTRIES}`);
    return value.map((entry: unknown, index) => ({ value: entry, path: `${this.at(key)}[${index}]` }));
  }

  texts(key: string): string[] {
    return this.list(key).map(({ value, path }) => {
      if (typeof value !== 'string') throw new GadgetError('bad-shape', path, 'must be text');
      return value;
    });
  }
}

/** A value out of a closed set; the message lists the set. */
export function oneOf<const T extends string>(value: string, allowed: readonly T[], path: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw new GadgetError(
      'bad-value',
      path,
      `invalid value "${value.slice(0, 40)}", must be one of ${allowed.join(', ')}`,
    );
  return found;
}
