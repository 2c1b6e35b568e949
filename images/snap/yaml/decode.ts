import { YamlError, yamlError } from './error.ts';
import type { MappingNode, Node, ScalarNode } from './node.ts';
import { parseYaml } from './parser.ts';
import { resolveScalar, shortTag } from './resolve.ts';

/** What values of YAML are read as. */
export interface Type<T> {
  /** Its name in snapd's messages. */
  readonly name: string;
  /** What nothing (`null`) is read as. */
  zero(): T;
  /** What the words `Null` and `NULL` are read as, where that differs. */
  ofNullWord?(): T;
  /**
   * Reads a node that is no alias. `before`: what an earlier entry with the same key gave. Undefined where it does not
   * fit: then the decoder has been told. Throws a YamlError, or whatever a check throws.
   */
  read(node: Exclude<Node, { kind: 'alias' }>, decoder: Decoder, before?: T): T | undefined;
}

export type Of<S> = S extends Type<infer T> ? T : never;

/** Values read in all, those behind aliases each time they are reached. A real description has some hundred. */
const MAX_VALUES = 1_000_000;

/** Every misfit is kept until this many. */
const MAX_MISFITS = 1000;

/** Reads a text as `type`. Throws a YamlError, or whatever a check throws. */
export function decodeYaml<T>(text: string, type: Type<T>): T {
  const root = parseYaml(text);
  if (root === undefined) return type.zero();
  const decoder = new Decoder();
  const value = decoder.read(root, type) ?? type.zero();
  if (decoder.misfits.length > 0) {
    throw new YamlError(['yaml: unmarshal errors:', ...decoder.misfits].join('\n  '));
  }
  return value;
}

export class Decoder {
  /** Values of a wrong type, as snapd's messages say it. */
  readonly misfits: string[] = [];
  readonly #open = new Set<Node>();
  #values = 0;
  #aliased = 0;

  /** Undefined where the value does not fit; that is kept, and reading goes on. Throws a YamlError. */
  read<T>(node: Node, type: Type<T>, before?: T): T | undefined {
    this.#count();
    if (node.kind !== 'alias') {
      if (!isNull(node)) return type.read(node, this, before);
      return /^null$/i.test(node.value) && node.value !== 'null' ? (type.ofNullWord?.() ?? type.zero()) : type.zero();
    }
    if (this.#open.has(node)) throw yamlError(`anchor '${node.name}' value contains itself`);
    this.#open.add(node);
    const value = this.read(node.target, type, before);
    this.#open.delete(node);
    return value;
  }

  /** Reads without keeping what does not fit: undefined and the misfits instead. */
  attempt<T>(node: Node, type: Type<T>): { readonly value: T | undefined; readonly misfits: readonly string[] } {
    const before = this.misfits.length;
    const value = this.read(node, type);
    return { value, misfits: this.misfits.splice(before) };
  }

  misfit(node: Node, type: string): undefined {
    if (this.misfits.length >= MAX_MISFITS) throw yamlError('unmarshal errors without end');
    this.misfits.push(`line ${node.line + 1}: cannot unmarshal ${describe(node)} into ${type}`);
    return undefined;
  }

  /** The entries that a `<<` brings. Throws a YamlError. */
  *merged(node: Node): Generator<MappingNode> {
    const maps = node.kind === 'sequence' ? [...node.items].reverse() : [node];
    for (const map of maps) {
      const target = map.kind === 'alias' ? map.target : map;
      if (target.kind !== 'mapping') throw yamlError('map merge requires map or sequence of maps as the value');
      if (this.#open.has(target)) throw yamlError('anchor value contains itself');
      this.#count();
      this.#open.add(target);
      yield target;
      this.#open.delete(target);
    }
  }

  /** The library's own limit on what a short text can unfold to, and ours. */
  #count(): void {
    this.#values += 1;
    if (this.#open.size > 0) this.#aliased += 1;
    const tooManyAliased = this.#aliased > 100 && this.#values > 1000 && this.#aliased / this.#values > 0.99;
    if (tooManyAliased || this.#values > MAX_VALUES) throw yamlError('document contains excessive aliasing');
  }
}

function isNull(node: Node): node is ScalarNode {
  return node.kind === 'scalar' && (node.tag !== '' || node.implicit) && resolveScalar(node).value === null;
}

function describe(node: Node): string {
  if (node.kind === 'mapping') return '!!map';
  if (node.kind !== 'scalar') return '!!seq';
  return `${scalarTag(node)} \`${shorten(node.value)}\``;
}

function scalarTag(node: ScalarNode): string {
  return node.tag === '' ? resolveScalar(node).tag : shortTag(node.tag);
}

function shorten(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length > 10 ? `${bytes.subarray(0, 7).toString()}...` : text;
}

/** Whether an entry of a mapping is a merge. */
export function isMerge(key: Node): boolean {
  return key.kind === 'scalar' && key.value === '<<' && (key.implicit || key.tag === 'tag:yaml.org,2002:merge');
}
