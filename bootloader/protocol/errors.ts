/** Why a boot operation cannot be planned. */
export type ProtocolErrorCode =
  /** A trial is running: staging, cancelling or repairing would change what is being judged. */
  | 'trial-open'
  /** No readable copy or record names a confirmed kernel and base. */
  | 'nothing-good'
  /** Cancel was asked for, but nothing is armed. */
  | 'not-armed'
  /** The running set is not one that the operation may make the good one. */
  | 'not-what-ran'
  /** A value cannot stand in the environment: not a snap file name, or too long for its 4096 bytes. */
  | 'bad-value';

export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}
