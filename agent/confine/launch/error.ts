export type LaunchErrorCode = 'too-large';

/** What a snap says of how its programs are started cannot be written down, or put into an environment. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  readonly code: LaunchErrorCode;

  constructor(code: LaunchErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
