export type NotifyErrorCode =
  /** A value that cannot be sent, or would be read as something else. */
  | 'bad-value'
  /** More than systemd reads of one message. */
  | 'too-long'
  /** NOTIFY_SOCKET is neither a path nor an abstract name. */
  | 'bad-socket'
  /** Another variable of systemd's makes no sense. */
  | 'bad-environment'
  /** The message did not leave. */
  | 'send-failed'
  /** Descriptors cannot be sent by the given sender. */
  | 'unsupported'
  /** systemd did not read the messages in time. */
  | 'no-answer';

/** Everything that this package throws. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';
  readonly code: NotifyErrorCode;

  constructor(code: NotifyErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
