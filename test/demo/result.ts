/** What came of a case. */
export interface Played {
  /**
   * From the moment at which the trial was armed until the device had written down that it is confirmed, or back on the good
   * set; by the device's clock, which a busy host does not stretch.
   */
  readonly seconds: number | undefined;
  readonly cause: string | undefined;
  /** What was not as promised, as sentences. */
  readonly broken: readonly string[];
}

export interface Result extends Played {
  readonly name: string;
  readonly title: string;
  /** What it must end with, in one or two words. */
  readonly end: 'confirmed' | 'reverted' | 'mended' | 'restored';
}
