/** What came of a case. */
export interface Played {
  /** From `install` to the device's own word that it is confirmed, or back on the good set. */
  readonly seconds: number | undefined;
  /** The same from the moment at which the trial was armed. */
  readonly staged?: number;
  readonly cause: string | undefined;
  /** What was not as promised, as sentences. */
  readonly broken: readonly string[];
}

export interface Result extends Played {
  readonly name: string;
  readonly title: string;
  /** What it must end with, in one or two words. */
  readonly end: 'confirmed' | 'reverted' | 'mended';
}
