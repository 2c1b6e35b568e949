import { yamlError } from './error.ts';
import type { AliasNode, MappingNode, Node, ScalarNode, SequenceNode } from './node.ts';
import { Scanner } from './scanner.ts';
import { Tags } from './tags.ts';
import type { Token } from './token.ts';

type Kind = Token['kind'];

/** Values inside one another. */
const MAX_DEPTH = 100;

interface Properties {
  readonly line: number;
  readonly tag: string;
  readonly anchor: string | undefined;
}

/**
 * Reads the first document of a text as nodes, in the YAML 1.1 of libyaml; what follows the document is left alone.
 * Undefined where the text holds none. Throws a YamlError.
 */
export function parseYaml(text: string): Node | undefined {
  return new Parser(text).document();
}

class Parser {
  readonly #scanner: Scanner;
  readonly #tags = new Tags();
  readonly #anchors = new Map<string, Node>();
  #depth = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text === '' ? '\n' : text);
  }

  document(): Node | undefined {
    const scanner = this.#scanner;
    if (scanner.peek().kind === 'stream-end') return undefined;
    const directives = this.#directives();
    const start = scanner.peek();
    if (directives || start.kind === 'document-start') {
      if (start.kind !== 'document-start') throw this.#error('did not find expected <document start>', start);
      scanner.next();
    }
    const empty: readonly Kind[] = [
      'version-directive',
      'tag-directive',
      'document-start',
      'document-end',
      'stream-end',
    ];
    const node = start.kind === 'document-start' && this.#nextIs(...empty) ? this.#empty() : this.#node(true, false);
    scanner.peek();
    return node;
  }

  #directives(): boolean {
    let any = false;
    let version = false;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.kind === 'version-directive') {
        if (version) throw this.#error('found duplicate %YAML directive', token);
        if (token.version !== '1.1') throw this.#error('found incompatible YAML document', token);
        version = true;
      } else if (token.kind === 'tag-directive') {
        if (!this.#tags.add(token.handle, token.prefix)) throw this.#error('found duplicate %TAG directive', token);
      } else {
        return any;
      }
      any = true;
      this.#scanner.next();
    }
  }

  /** Errors of the grammar name lines from 0, unlike the scanner's: so does the library that snapd uses. */
  #error(problem: string, { line }: { readonly line: number }): Error {
    return yamlError(problem, line);
  }

  #nextIs(...kinds: readonly Kind[]): boolean {
    return kinds.includes(this.#scanner.peek().kind);
  }

  #empty(line = this.#scanner.peek().line): ScalarNode {
    return { kind: 'scalar', line, value: '', tag: '', implicit: true };
  }

  #node(block: boolean, indentless: boolean): Node {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error(`exceeded max depth of ${MAX_DEPTH}`, this.#scanner.peek());
    const token = this.#scanner.peek();
    const node = token.kind === 'alias' ? this.#alias(token.name, token.line) : this.#content(block, indentless);
    this.#depth -= 1;
    return node;
  }

  #alias(name: string, line: number): AliasNode {
    const target = this.#anchors.get(name);
    if (target === undefined) throw yamlError(`unknown anchor '${name}' referenced`);
    this.#scanner.next();
    return { kind: 'alias', line, name, target };
  }

  #properties(): Properties {
    const { line } = this.#scanner.peek();
    let tag: { handle: string; suffix: string; line: number } | undefined;
    let anchor: string | undefined;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.kind === 'anchor' && anchor === undefined) anchor = token.name;
      else if (token.kind === 'tag' && tag === undefined) tag = token;
      else break;
      this.#scanner.next();
    }
    if (tag === undefined) return { line, tag: '', anchor };
    const full = this.#tags.resolve(tag.handle, tag.suffix);
    if (full === undefined) throw this.#error('found undefined tag handle', tag);
    return { line, tag: full, anchor };
  }

  #content(block: boolean, indentless: boolean): Node {
    const properties = this.#properties();
    const { line, tag, anchor } = properties;
    const token = this.#scanner.peek();
    if (indentless && token.kind === 'block-entry')
      return this.#sequence(properties, (items) => this.#indentless(items));
    if (token.kind === 'scalar') {
      const implicit = (tag === '' && token.plain) || tag === '!';
      const scalar: ScalarNode = { kind: 'scalar', line, value: token.value, tag, implicit };
      this.#name(anchor, scalar);
      this.#scanner.next();
      return scalar;
    }
    if (token.kind === 'flow-sequence-start') return this.#sequence(properties, (items) => this.#flowSequence(items));
    if (token.kind === 'flow-mapping-start') return this.#mapping(properties, (entries) => this.#flowMapping(entries));
    if (block && token.kind === 'block-sequence-start')
      return this.#sequence(properties, (items) => this.#blockSequence(items));
    if (block && token.kind === 'block-mapping-start')
      return this.#mapping(properties, (entries) => this.#blockMapping(entries));
    if (anchor === undefined && tag === '') throw this.#error('did not find expected node content', token);
    const scalar: ScalarNode = { kind: 'scalar', line, value: '', tag, implicit: tag === '' };
    this.#name(anchor, scalar);
    return scalar;
  }

  #name(anchor: string | undefined, node: Node): void {
    if (anchor !== undefined) this.#anchors.set(anchor, node);
  }

  /** A collection has its name before its content is read: an alias inside may mean the collection itself. */
  #sequence({ line, anchor }: Properties, fill: (items: Node[]) => void): SequenceNode {
    const items: Node[] = [];
    const node: SequenceNode = { kind: 'sequence', line, items };
    this.#name(anchor, node);
    fill(items);
    return node;
  }

  #mapping({ line, anchor }: Properties, fill: (entries: [Node, Node][]) => void): MappingNode {
    const entries: [Node, Node][] = [];
    const node: MappingNode = { kind: 'mapping', line, entries };
    this.#name(anchor, node);
    fill(entries);
    return node;
  }

  #blockSequence(items: Node[]): void {
    this.#scanner.next();
    while (this.#nextIs('block-entry')) {
      const { line } = this.#scanner.next();
      items.push(this.#nextIs('block-entry', 'block-end') ? this.#empty(line) : this.#node(true, false));
    }
    const end = this.#scanner.peek();
    if (end.kind !== 'block-end') throw this.#error("did not find expected '-' indicator", end);
    this.#scanner.next();
  }

  /** A list whose dashes stand below its key. */
  #indentless(items: Node[]): void {
    while (this.#nextIs('block-entry')) {
      const { line } = this.#scanner.next();
      const empty = this.#nextIs('block-entry', 'key', 'value', 'block-end');
      items.push(empty ? this.#empty(line) : this.#node(true, false));
    }
  }

  #blockMapping(entries: [Node, Node][]): void {
    this.#scanner.next();
    for (;;) {
      const token = this.#scanner.peek();
      if (token.kind === 'block-end') break;
      if (token.kind !== 'key') throw this.#error('did not find expected key', token);
      this.#scanner.next();
      const key = this.#blockValue(token.line);
      entries.push([key, this.#nextIs('value') ? this.#blockValue(this.#scanner.next().line) : this.#empty()]);
    }
    this.#scanner.next();
  }

  #blockValue(line: number): Node {
    return this.#nextIs('key', 'value', 'block-end') ? this.#empty(line) : this.#node(true, true);
  }

  #flowSequence(items: Node[]): void {
    this.#scanner.next();
    for (let first = true; !this.#nextIs('flow-sequence-end'); first = false) {
      if (!first) this.#comma("',' or ']'");
      if (this.#nextIs('key')) items.push(this.#pair());
      else if (!this.#nextIs('flow-sequence-end')) items.push(this.#node(false, false));
    }
    this.#scanner.next();
  }

  /** `[key: value]`: a mapping of one entry. */
  #pair(): MappingNode {
    const { line } = this.#scanner.next();
    const none = this.#nextIs('value', 'flow-entry', 'flow-sequence-end');
    // The library steps over the token that shows that there is no key.
    const key = none ? this.#empty(this.#scanner.next().line) : this.#node(false, false);
    const value = this.#flowValue('flow-sequence-end');
    return { kind: 'mapping', line, entries: [[key, value]] };
  }

  #flowMapping(entries: [Node, Node][]): void {
    this.#scanner.next();
    for (let first = true; !this.#nextIs('flow-mapping-end'); first = false) {
      if (!first) this.#comma("',' or '}'");
      if (this.#nextIs('key')) {
        this.#scanner.next();
        const none = this.#nextIs('value', 'flow-entry', 'flow-mapping-end');
        const key = none ? this.#empty() : this.#node(false, false);
        entries.push([key, this.#flowValue('flow-mapping-end')]);
      } else if (!this.#nextIs('flow-mapping-end')) {
        const key = this.#node(false, false);
        entries.push([key, this.#empty()]);
      }
    }
    this.#scanner.next();
  }

  #flowValue(end: Kind): Node {
    if (!this.#nextIs('value')) return this.#empty();
    this.#scanner.next();
    return this.#nextIs('flow-entry', end) ? this.#empty() : this.#node(false, false);
  }

  #comma(expected: string): void {
    const token = this.#scanner.peek();
    if (token.kind !== 'flow-entry') throw this.#error(`did not find expected ${expected}`, token);
    this.#scanner.next();
  }
}
