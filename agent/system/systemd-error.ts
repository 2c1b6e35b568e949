/** What can go wrong with a request to systemd. */

export type SystemdErrorCode = 'unavailable' | 'timeout' | 'no-such-unit' | 'refused' | 'failed';

export class SystemdError extends Error {
  override readonly name = 'SystemdError';
  readonly code: SystemdErrorCode;

  constructor(code: SystemdErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
