/** Why a snap cannot be installed. */
export type SnapsErrorCode =
  /** The file is no snap, or a damaged one. */
  | 'not-a-snap'
  | 'wrong-architecture'
  /** A snap of a type that this version does not install. */
  | 'not-supported'
  /** A kernel, base or gadget of another name than this device runs. */
  | 'not-for-this-device'
  | 'no-space'
  /** What is on the medium is not what was written, or what was uploaded is gone. */
  | 'damaged'
  /** Nothing names a good boot set, so there is nothing to come back to. */
  | 'no-boot-set';

export class SnapsError extends Error {
  readonly code: SnapsErrorCode;
  /** The snap's name, where it is known. */
  readonly snap: string | undefined;

  constructor(
    code: SnapsErrorCode,
    message: string,
    options: { readonly snap?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SnapsError';
    this.code = code;
    this.snap = options.snap;
  }
}
