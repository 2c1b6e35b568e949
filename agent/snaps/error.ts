/** Why an operation on snaps is refused. Messages are snapd's where it has one for the case. */
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
  | 'no-boot-set'
  | 'already-installed'
  | 'not-installed'
  | 'no-update-available'
  /** It was installed from a file, and no store knows it. */
  | 'local-snap'
  | 'needs-devmode'
  | 'needs-classic'
  /** It needs classic confinement, and this is no classic system. */
  | 'needs-classic-system'
  | 'not-classic'
  /** Another change works on the snap. */
  | 'conflict'
  | 'not-removable'
  /** Its programs run. */
  | 'busy'
  /** A unit of the snap did not start, or did not stop. */
  | 'unit-failed'
  /** A hook of the snap said no, or did not come to its end. */
  | 'hook-failed'
  /** It was tried, and the device runs what it ran before. */
  | 'rolled-back'
  /** Another request could have been granted: a wrong name, revision, option or state. */
  | 'bad-request'
  /** A bug. */
  | 'internal';

export class SnapsError extends Error {
  readonly code: SnapsErrorCode;
  /** The snap's name, where it is known. */
  readonly snap: string | undefined;
  /** All of them, where the request was for several. */
  readonly snaps: readonly string[];
  /** What was to be done, or for a conflict what is in progress, such as `refresh`; where it is known. */
  readonly changeKind: string | undefined;

  constructor(
    code: SnapsErrorCode,
    message: string,
    options: {
      readonly snap?: string;
      readonly snaps?: readonly string[];
      readonly changeKind?: string | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SnapsError';
    this.code = code;
    this.snap = options.snap ?? options.snaps?.[0];
    this.snaps = options.snaps ?? (options.snap === undefined ? [] : [options.snap]);
    this.changeKind = options.changeKind;
  }
}
