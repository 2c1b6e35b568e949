import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { SnapError } from './error.ts';

/** What YAML text can hold once nothing but plain data is let in. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const MAX_DEPTH = 32;
/** Values in all, those behind aliases counted each time they are reached. */
const MAX_VALUES = 100_000;
const MAX_ALIASES = 100;

/** Tags that make objects instead of plain data. Times of the form 1:30 stay text, as in the Go library that snapd uses. */
const UNWANTED = ['binary', 'timestamp', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`);

export function badMetadata(message: string, cause?: unknown): SnapError {
  return new SnapError(
    'bad-metadata',
    `cannot parse snap.yaml: ${message}`,
    cause === undefined ? undefined : { cause },
  );
}

/**
 * A multi-line quoted text whose last quote stands alone at the start of a line: snapd's YAML library takes it, and real
 * snaps have it; the standard wants the quote indented. In a map nothing else can stand there.
 */
const LONE_QUOTE = /^(?=['"][ \t]*(?:#.*)?\r?$)/gm;

function parse(text: string): Document {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(LONE_QUOTE, ' '), {
    version: '1.1',
    customTags: (tags) =>
      tags.filter((tag) => typeof tag !== 'object' || (!UNWANTED.includes(tag.tag) && tag.format !== 'TIME')),
    // As in snapd, the last of several entries with one key counts.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  // snapd reads the first document and leaves the rest alone.
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error !== undefined) throw badMetadata(`yaml: line ${lines.linePos(error.pos[0]).line}: ${error.message}`, error);
  return document;
}

/** Turns nodes into data, within limits that hold for the whole document. */
class Converter {
  readonly #document: Document;
  #values = 0;
  #aliases = 0;

  constructor(document: Document) {
    this.#document = document;
  }

  /** `typed`: numbers, booleans and null as such; else every scalar as the text that was written. */
  convert(node: unknown, typed: boolean, depth = 0): Plain {
    this.#values += 1;
    if (depth > MAX_DEPTH || this.#values > MAX_VALUES) throw badMetadata('too deep or too large');
    const target = this.resolve(node);
    if (isScalar(target)) {
      if (target.value === null) return null;
      const value = typed ? target.value : undefined;
      return typeof value === 'number' || typeof value === 'boolean' ? value : (target.source ?? '');
    }
    if (isSeq(target)) return target.items.map((item) => this.convert(item, typed, depth + 1));
    if (!isMap(target)) return null;
    const entries = [...this.pairs(target)].map(
      ([key, value]) => [key, this.convert(value, typed, depth + 1)] as const,
    );
    // Makes own properties of all keys, "__proto__" among them.
    return Object.fromEntries(entries);
  }

  /** What an alias stands for; other nodes themselves. */
  resolve(node: unknown): unknown {
    if (!isAlias(node)) return node;
    this.#aliases += 1;
    if (this.#aliases > MAX_ALIASES) throw badMetadata(`more than ${MAX_ALIASES} aliases`);
    const target = node.resolve(this.#document);
    if (target === undefined || isAlias(target)) throw badMetadata(`alias ${JSON.stringify(node.source)} is not known`);
    return target;
  }

  /** Keys as they are written, with their values; what a merge key ("<<") brings comes first, so that it can be overridden. */
  *pairs(map: YAMLMap): Generator<readonly [string, unknown]> {
    const own: (readonly [string, unknown])[] = [];
    for (const { key, value } of map.items) {
      const name = this.resolve(key);
      if (!isScalar(name)) throw badMetadata('a key is not a string');
      if (name.source === '<<' && name.type === 'PLAIN') {
        const merged = this.resolve(value);
        // A map behind "<<" may itself merge: only maps without are accepted, which bounds the work.
        if (!isMap(merged)) throw badMetadata('a merge key ("<<") needs a map');
        for (const pair of merged.items) own.unshift([isScalar(pair.key) ? (pair.key.source ?? '') : '', pair.value]);
      } else {
        own.push([name.source ?? '', value]);
      }
    }
    yield* own;
  }
}

/** A snap.yaml, its top-level entries read one by one as what they should be. */
export class SnapYaml {
  readonly #entries: ReadonlyMap<string, unknown>;
  readonly #converter: Converter;

  /** Throws `bad-metadata`. */
  constructor(text: string) {
    try {
      const document = parse(text);
      this.#converter = new Converter(document);
      const root: Node | null = document.contents;
      if (root !== null && !isMap(root) && !(isScalar(root) && root.value === null)) throw badMetadata('not a map');
      this.#entries = new Map(isMap(root) ? this.#converter.pairs(root) : []);
    } catch (error) {
      // The parser recurses: what is nested deeply enough ends in a RangeError.
      throw error instanceof SnapError ? error : badMetadata('the parser gave up', error);
    }
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** The text of a scalar as it was written ("1.10" stays "1.10"); "" where there is none. Throws `bad-metadata`. */
  text(key: string): string {
    const value = this.#converter.convert(this.#entries.get(key), false);
    if (value === null) return '';
    if (typeof value !== 'string') throw badMetadata(`${key} is not a string`);
    return value;
  }

  /** A list of scalars as they were written; empty where there is none. Throws `bad-metadata`. */
  list(key: string): readonly string[] {
    const value = this.#converter.convert(this.#entries.get(key), false) ?? [];
    if (!Array.isArray(value)) throw badMetadata(`${key} is not a list`);
    return value.map((entry: Plain) => {
      if (entry !== null && typeof entry !== 'string') throw badMetadata(`${key} is not a list of strings`);
      return entry ?? '';
    });
  }

  /** A map with plain data; empty where there is none. Throws `bad-metadata`. */
  map(key: string): { readonly [key: string]: Plain } {
    const value = this.#converter.convert(this.#entries.get(key), true) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw badMetadata(`${key} is not a map`);
    return value as { readonly [key: string]: Plain };
  }

  /** Whatever is there, scalars as they were written; undefined where there is nothing. Throws `bad-metadata`. */
  raw(key: string): Plain | undefined {
    return this.has(key) ? this.#converter.convert(this.#entries.get(key), false) : undefined;
  }
}
