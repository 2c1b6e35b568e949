import { scanBlockScalar } from './block-scalar.ts';
import { Cursor, isBlank, isBreak, isGap } from './cursor.ts';
import { scanDirective } from './directive.ts';
import { scanPlain } from './plain.ts';
import { scanName, scanTag } from './properties.ts';
import { scanQuoted } from './quoted.ts';
import type { Token, TokenBody } from './token.ts';

/** A place where a key without `?` may have begun: the `:` that would show it comes later. */
interface SimpleKey {
  possible: boolean;
  /** In a block, at its column, nothing but a key can stand. */
  required: boolean;
  /** Number of the token that would be the key. */
  token: number;
  index: number;
  line: number;
  column: number;
}

/** Characters that a simple key may have before its `:`. */
const MAX_SIMPLE_KEY = 1024;

/** Brackets and indentations inside one another. Real descriptions have fewer than ten. */
const MAX_DEPTH = 100;

const NO_KEY: Readonly<SimpleKey> = { possible: false, required: false, token: 0, index: 0, line: 0, column: 0 };

/** Cuts YAML into tokens, one after the other as they are asked for: an error behind what is read is not seen. */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #tokens: Token[] = [];
  /** How many were handed out. */
  #handedOut = 0;
  /** Column of the block that is open, -1 at the top. */
  #indent = -1;
  readonly #indents: number[] = [];
  /** One per bracket that is open, and one for the block around them. */
  readonly #keys: SimpleKey[] = [{ ...NO_KEY }];
  #keyAllowed = true;

  /** Throws a YamlError. */
  constructor(text: string) {
    this.#cursor = new Cursor(text.startsWith('\ufeff') ? text.slice(1) : text);
  }

  /** The next token, which stays. Throws a YamlError. */
  peek(): Token {
    while (this.#needsMore()) this.#fetch();
    return this.#tokens[0] as Token;
  }

  /** Takes the next token. Throws a YamlError. */
  next(): Token {
    const token = this.peek();
    if (token.kind !== 'stream-end') {
      this.#tokens.shift();
      this.#handedOut += 1;
    }
    return token;
  }

  get #flow(): boolean {
    return this.#keys.length > 1;
  }

  get #key(): SimpleKey {
    return this.#keys[this.#keys.length - 1] as SimpleKey;
  }

  /** A token that may turn out to be a key has to wait for its `:`. */
  #needsMore(): boolean {
    if (this.#tokens.length === 0) return true;
    const key = this.#keys.find(({ possible, token }) => possible && token === this.#handedOut);
    return key !== undefined && this.#stillPossible(key);
  }

  #stillPossible(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, index } = this.#cursor;
    if (key.line === line && key.index + MAX_SIMPLE_KEY >= index) return true;
    this.#drop(key);
    return false;
  }

  #drop(key: SimpleKey): void {
    if (key.possible && key.required) throw this.#cursor.error("could not find expected ':'");
    key.possible = false;
  }

  /** What comes now may be a key. */
  #saveKey(): void {
    if (!this.#keyAllowed) return;
    this.#drop(this.#key);
    const { index, line, column } = this.#cursor;
    const required = !this.#flow && this.#indent === column;
    const token = this.#handedOut + this.#tokens.length;
    this.#keys[this.#keys.length - 1] = { possible: true, required, token, index, line, column };
  }

  #add(body: TokenBody, line = this.#cursor.line): void {
    this.#tokens.push({ ...body, line });
  }

  /** Opens a block at a column that is deeper than the one that is open. */
  #indentTo(column: number, kind: 'block-sequence-start' | 'block-mapping-start', key?: SimpleKey): void {
    if (this.#flow || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (this.#indents.length > MAX_DEPTH) throw this.#cursor.error(`exceeded max depth of ${MAX_DEPTH}`);
    const at = key === undefined ? this.#tokens.length : key.token - this.#handedOut;
    this.#tokens.splice(at, 0, { kind, line: key?.line ?? this.#cursor.line });
  }

  #unindentTo(column: number): void {
    if (this.#flow) return;
    while (this.#indent > column) {
      this.#add({ kind: 'block-end' });
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#unindentTo(cursor.column);
    const blankNext = isGap(cursor.at(1));
    if (cursor.at() === 0) this.#streamEnd();
    else if (cursor.column === 0 && cursor.is('%')) this.#directive();
    else if (cursor.isDocumentMark('---')) this.#documentMark('document-start');
    else if (cursor.isDocumentMark('...')) this.#documentMark('document-end');
    else if (cursor.is('[')) this.#open('flow-sequence-start');
    else if (cursor.is('{')) this.#open('flow-mapping-start');
    else if (cursor.is(']')) this.#close('flow-sequence-end');
    else if (cursor.is('}')) this.#close('flow-mapping-end');
    else if (cursor.is(',')) this.#indicator('flow-entry', true);
    else if (cursor.is('-') && blankNext) this.#blockEntry();
    else if (cursor.is('?') && (this.#flow || blankNext)) this.#explicitKey();
    else if (cursor.is(':') && (this.#flow || blankNext)) this.#value();
    else if (cursor.isOneOf('*&!')) this.#property();
    else if (cursor.isOneOf('|>') && !this.#flow) this.#blockScalar();
    else if (cursor.isOneOf('\'"')) this.#quoted();
    else if (this.#startsPlain()) this.#plain();
    else throw cursor.error('found character that cannot start any token');
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      if (cursor.column === 0 && cursor.is('\ufeff')) cursor.skip();
      // A tab may not indent a block.
      while (cursor.is(' ') || ((this.#flow || !this.#keyAllowed) && cursor.is('\t'))) cursor.skip();
      cursor.skipComment();
      if (!isBreak(cursor.at())) return;
      cursor.takeBreak();
      if (!this.#flow) this.#keyAllowed = true;
    }
  }

  #startsPlain(): boolean {
    const cursor = this.#cursor;
    if (cursor.is('-')) return !isBlank(cursor.at(1));
    if (cursor.isOneOf('?:')) return !this.#flow && !isGap(cursor.at(1));
    return !isGap(cursor.at()) && !cursor.isOneOf(',[]{}#&*!|>\'"%@`');
  }

  #streamEnd(): void {
    this.#cursor.endLine();
    this.#unindentTo(-1);
    this.#drop(this.#key);
    this.#keyAllowed = false;
    this.#add({ kind: 'stream-end' });
  }

  #directive(): void {
    this.#unindentTo(-1);
    this.#drop(this.#key);
    this.#keyAllowed = false;
    const { line } = this.#cursor;
    this.#add(scanDirective(this.#cursor), line);
  }

  #documentMark(kind: 'document-start' | 'document-end'): void {
    this.#unindentTo(-1);
    this.#drop(this.#key);
    this.#keyAllowed = false;
    this.#add({ kind });
    this.#cursor.skip(3);
  }

  #open(kind: 'flow-sequence-start' | 'flow-mapping-start'): void {
    this.#saveKey();
    this.#keys.push({ ...NO_KEY });
    if (this.#keys.length > MAX_DEPTH) throw this.#cursor.error(`exceeded max depth of ${MAX_DEPTH}`);
    this.#keyAllowed = true;
    this.#add({ kind });
    this.#cursor.skip();
  }

  #close(kind: 'flow-sequence-end' | 'flow-mapping-end'): void {
    this.#drop(this.#key);
    if (this.#flow) this.#keys.pop();
    this.#keyAllowed = false;
    this.#add({ kind });
    this.#cursor.skip();
  }

  /** A mark of one character after which a key may or may not come. */
  #indicator(kind: 'flow-entry' | 'block-entry' | 'key', keyAllowed: boolean): void {
    this.#drop(this.#key);
    this.#keyAllowed = keyAllowed;
    this.#add({ kind });
    this.#cursor.skip();
  }

  #blockEntry(): void {
    if (!this.#flow) {
      if (!this.#keyAllowed) throw this.#cursor.error('block sequence entries are not allowed in this context');
      this.#indentTo(this.#cursor.column, 'block-sequence-start');
    }
    this.#indicator('block-entry', true);
  }

  #explicitKey(): void {
    if (!this.#flow) {
      if (!this.#keyAllowed) throw this.#cursor.error('mapping keys are not allowed in this context');
      this.#indentTo(this.#cursor.column, 'block-mapping-start');
    }
    this.#indicator('key', !this.#flow);
  }

  #value(): void {
    const key = this.#key;
    if (this.#stillPossible(key)) {
      this.#tokens.splice(key.token - this.#handedOut, 0, { kind: 'key', line: key.line });
      this.#indentTo(key.column, 'block-mapping-start', key);
      key.possible = false;
      this.#keyAllowed = false;
    } else {
      if (!this.#flow) {
        if (!this.#keyAllowed) throw this.#cursor.error('mapping values are not allowed in this context');
        this.#indentTo(this.#cursor.column, 'block-mapping-start');
      }
      this.#keyAllowed = !this.#flow;
    }
    this.#add({ kind: 'value' });
    this.#cursor.skip();
  }

  #property(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const cursor = this.#cursor;
    const { line } = cursor;
    if (cursor.is('!')) this.#add({ kind: 'tag', ...scanTag(cursor) }, line);
    else this.#add({ kind: cursor.is('*') ? 'alias' : 'anchor', name: scanName(cursor) }, line);
  }

  #blockScalar(): void {
    this.#drop(this.#key);
    this.#keyAllowed = true;
    const { line } = this.#cursor;
    const value = scanBlockScalar(this.#cursor, this.#indent, this.#cursor.is('|'));
    this.#add({ kind: 'scalar', value, plain: false }, line);
  }

  #quoted(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { line } = this.#cursor;
    const value = scanQuoted(this.#cursor, this.#cursor.is('"') ? '"' : "'");
    this.#add({ kind: 'scalar', value, plain: false }, line);
  }

  #plain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { line } = this.#cursor;
    const { value, broken } = scanPlain(this.#cursor, this.#indent, this.#flow);
    this.#add({ kind: 'scalar', value, plain: true }, line);
    if (broken) this.#keyAllowed = true;
  }
}
