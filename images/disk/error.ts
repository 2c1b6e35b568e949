/** Why an image cannot be built; closed. */
export type DiskImageErrorCode =
  | 'tool-missing'
  | 'tool-failed'
  | 'bad-input'
  | 'bad-overlay'
  | 'bad-digest'
  | 'does-not-fit';

/** Building an image failed. The message says what, where and what to do. */
export class DiskImageError extends Error {
  override readonly name = 'DiskImageError';
  readonly code: DiskImageErrorCode;

  constructor(code: DiskImageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
