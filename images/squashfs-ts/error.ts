/** What can be wrong with an image or a request; closed, so that a program can switch over it. */
export type SquashfsErrorCode =
  | 'not-squashfs'
  | 'truncated'
  | 'corrupt'
  | 'unsupported-version'
  | 'unsupported-compression'
  | 'not-found'
  | 'not-a-file'
  | 'not-a-directory'
  | 'too-large'
  | 'loop';

/**
 * The only error this package throws about the content of an image. Failures of the medium itself (`EIO`, `ENOENT`) come
 * from the source and pass through unchanged.
 */
export class SquashfsError extends Error {
  override readonly name = 'SquashfsError';
  readonly code: SquashfsErrorCode;

  constructor(code: SquashfsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An image that contradicts itself or the format. */
export function corrupt(message: string, cause?: unknown): SquashfsError {
  return new SquashfsError('corrupt', message, cause === undefined ? undefined : { cause });
}
