export type NotifyErrorCode = 'bad-value' | 'too-long' | 'bad-socket' | 'bad-environment' | 'send-failed';

/** Everything that this package throws. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';
  readonly code: NotifyErrorCode;

  constructor(code: NotifyErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
