/** Thrown where an invariant does not hold; the explorer adds the history. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The invariant. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}
