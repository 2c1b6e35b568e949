/** Why a file is no snap we can use; closed, so that a program can switch over it. */
export type SnapErrorCode =
  | 'unreadable'
  | 'not-a-snap'
  | 'truncated'
  | 'corrupt'
  | 'unsupported'
  | 'no-metadata'
  | 'metadata-too-large'
  | 'bad-metadata'
  | 'bad-name'
  | 'bad-version'
  | 'bad-type'
  | 'bad-base'
  | 'bad-epoch'
  | 'bad-confinement'
  | 'bad-architectures'
  | 'bad-provenance'
  | 'bad-license'
  | 'bad-app'
  | 'bad-alias'
  | 'bad-hook'
  | 'bad-plug'
  | 'bad-slot'
  | 'bad-component'
  | 'bad-layout'
  | 'bad-system-username'
  | 'bad-link'
  | 'wrong-architecture'
  | 'missing-asset'
  | 'bad-asset';

/** The only error of this module; where snapd has a message for the case, it is snapd's. */
export class SnapError extends Error {
  override readonly name = 'SnapError';
  readonly code: SnapErrorCode;

  constructor(code: SnapErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
