import { type Cursor, isBlank, isBreak } from './cursor.ts';

const TAB = 0x09;

/** Blanks and line breaks inside a scalar: what they become is known when the text goes on. */
export class Gap {
  #blanks = '';
  #first = '';
  #more = '';
  /** A line break was seen: blanks that follow mean nothing. */
  broken = false;

  /** An escaped line break: it and the blanks after it are nothing. */
  escapeBreak(): void {
    this.broken = true;
  }

  /** Reads all blanks and breaks. `indent`: columns below it may hold no tab (plain scalars). Throws a YamlError. */
  read(cursor: Cursor, indent = 0): void {
    for (;;) {
      if (isBlank(cursor.at())) {
        if (this.broken && cursor.column < indent && cursor.at() === TAB) {
          throw cursor.error('found a tab character that violates indentation');
        }
        const blank = cursor.take();
        if (!this.broken) this.#blanks += blank;
      } else if (isBreak(cursor.at())) {
        const line = cursor.takeBreak();
        if (this.broken) this.#more += line;
        else this.#first = line;
        this.broken = true;
      } else {
        return;
      }
    }
  }

  /** What stands for all that was read: a single break folds into a space. Begins anew. */
  fold(): string {
    const folded = !this.broken
      ? this.#blanks
      : this.#first === '\n'
        ? this.#more || ' '
        : `${this.#first}${this.#more}`;
    this.#blanks = '';
    this.#first = '';
    this.#more = '';
    this.broken = false;
    return folded;
  }
}
