import { type YamlError, yamlError } from './error.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const NEL = 0x85;
const LS = 0x2028;
const PS = 0x2029;

/** All that YAML 1.1 does not let into a text; a half of a surrogate pair is what a bad escape in the file left. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

export const isBlank = (code: number): boolean => code === SPACE || code === TAB;
export const isBreak = (code: number): boolean =>
  code === LF || code === CR || code === NEL || code === LS || code === PS;
/** The end of the text counts as 0. */
export const isBreakOrEnd = (code: number): boolean => code === 0 || isBreak(code);
export const isGap = (code: number): boolean => isBlank(code) || isBreakOrEnd(code);

/** A place in a text. Lines and columns count from 0. */
export class Cursor {
  readonly #text: string;
  index = 0;
  line = 0;
  column = 0;

  /** Throws a YamlError where a character may not stand in YAML at all. */
  constructor(text: string) {
    if (CONTROL.test(text)) throw yamlError('control characters are not allowed');
    this.#text = text;
  }

  /** The character there or `ahead` of there; 0 behind the end. */
  at(ahead = 0): number {
    // NaN becomes 0.
    return this.#text.charCodeAt(this.index + ahead) | 0;
  }

  is(character: string, ahead = 0): boolean {
    return this.#text[this.index + ahead] === character;
  }

  /** Whether one of these characters stands there. */
  isOneOf(characters: string, ahead = 0): boolean {
    const found = this.#text[this.index + ahead];
    return found !== undefined && characters.includes(found);
  }

  skip(count = 1): void {
    this.index += count;
    this.column += count;
  }

  take(): string {
    const character = this.#text[this.index] ?? '';
    this.skip();
    return character;
  }

  /** Steps over a line break and gives what it means in a value. */
  takeBreak(): string {
    const code = this.at();
    this.index += code === CR && this.at(1) === LF ? 2 : 1;
    this.line += 1;
    this.column = 0;
    return code === LS || code === PS ? String.fromCharCode(code) : '\n';
  }

  skipBlanks(): void {
    while (isBlank(this.at())) this.skip();
  }

  skipComment(): void {
    if (this.is('#')) while (!isBreakOrEnd(this.at())) this.skip();
  }

  /** Whether `---` or `...` stands alone at the start of a line. */
  isDocumentMark(mark: '---' | '...'): boolean {
    return this.column === 0 && this.#text.startsWith(mark, this.index) && isGap(this.at(3));
  }

  /** The end of the text ends its last line. */
  endLine(): void {
    if (this.column === 0) return;
    this.column = 0;
    this.line += 1;
  }

  /** An error of the scanner at this place. */
  error(problem: string): YamlError {
    return yamlError(problem, this.line === 0 ? 0 : this.line + 1);
  }
}
