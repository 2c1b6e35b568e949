export type EngineErrorCode =
  /** There is no change of this id. */
  | 'no-change'
  /** Nothing more can be made of it. */
  | 'is-over'
  /** A task waits for one that does not stand before it. */
  | 'bad-plan';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
