import { SnapError } from '../error.ts';
import { quote } from '../quote.ts';
import { isLicense, isLicenseException } from './licenses.ts';

const OPERATORS = ['AND', 'OR', 'WITH'];

/** Checks an SPDX expression. Throws `bad-license` with snapd's message. */
export function checkLicense(license: string): void {
  const problem = new Expression(license).problem(0);
  if (problem !== undefined) {
    throw new SnapError('bad-license', `cannot validate license ${quote(license)}: ${problem}`);
  }
}

class Expression {
  readonly #tokens: readonly string[];
  #next = 0;
  /** The level that was read last ended with its bracket. */
  #closed = false;

  constructor(text: string) {
    this.#tokens = text.match(/[()]|[^ \n()]+/g) ?? [];
  }

  /** What is wrong from the next token to the bracket that ends this level, or to the end. */
  problem(depth: number): string | undefined {
    let last = '';
    while (this.#next < this.#tokens.length) {
      const token = this.#tokens[this.#next] ?? '';
      this.#next += 1;
      if (token === ')') {
        if (depth === 0) return 'unexpected ")"';
        this.#closed = true;
        return last === '' ? 'empty expression' : undefined;
      }
      const problem = token === '(' ? this.#group(last, depth) : tokenProblem(token, last);
      if (problem !== undefined) return problem;
      last = token;
    }
    this.#closed = false;
    if (OPERATORS.includes(last)) return `missing license after ${last}`;
    return last === '' ? 'empty expression' : undefined;
  }

  #group(last: string, depth: number): string | undefined {
    if (last === 'WITH') return '"(" not allowed after WITH';
    const problem = this.problem(depth + 1);
    if (problem !== undefined) return problem;
    return this.#closed ? undefined : 'expected ")" got ""';
  }
}

function tokenProblem(token: string, last: string): string | undefined {
  if (OPERATORS.includes(token)) {
    if (last === '') return `missing license before ${token}`;
    if (last === 'AND' || last === 'OR') return `expected license name, got ${quote(token)}`;
    if (token === 'WITH' && last === '(') return 'expected license name before WITH';
    return last === 'WITH' ? `expected exception name, got ${quote(token)}` : undefined;
  }
  if (last === 'WITH') return isLicenseException(token) ? undefined : `unknown license exception: ${token}`;
  if (last === '' || last === 'AND' || last === 'OR') return isLicense(token) ? undefined : `unknown license: ${token}`;
  return isLicense(last) && isLicense(token)
    ? `missing AND or OR between ${quote(last)} and ${quote(token)}`
    : `unexpected string: ${quote(token)}`;
}
