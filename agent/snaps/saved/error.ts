/** Why something cannot be done with saved snapshots. Messages are snapd's where it has one for the case. */
export type SavedErrorCode =
  /** No snapshot set has that number. */
  | 'no-set'
  /** The set is there, and has nothing of the snaps asked for. */
  | 'no-snaps'
  /** Another change, or an export, works on the set. */
  | 'conflict'
  /** Another request could have been granted. */
  | 'bad-request'
  /** The snap that is there now cannot read what was saved. */
  | 'incompatible'
  /** What is there, or what was sent, is no snapshot, or one of a form that is not known. */
  | 'not-a-snapshot'
  /** Its bytes are not those that were saved. */
  | 'damaged'
  /** It is larger than what is taken, or than what there is room for. */
  | 'too-large'
  /** A file of a user's is somebody else's, and not for that user to read. */
  | 'not-permitted'
  /** A bug. */
  | 'internal';

export class SavedError extends Error {
  override readonly name = 'SavedError';
  readonly code: SavedErrorCode;

  constructor(code: SavedErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
  }
}

/** What went wrong, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
