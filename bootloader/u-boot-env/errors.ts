/** Everything that can be wrong with an environment image or with a change to one. */
export type EnvErrorCode =
  /** Fewer bytes than the smallest image, or than the two copies of a redundant pair. */
  | 'too-small'
  /** More bytes than `MAX_SIZE`. */
  | 'too-large'
  /** The checksum fits neither flavour (or not the one asked for): torn write, wrong place, wrong size. */
  | 'bad-crc'
  /** The checksum is right, but an entry is not `name=value`. */
  | 'bad-entry'
  /** A name that cannot be stored, or that U-Boot would not read back as written. */
  | 'bad-name'
  /** A value that cannot be stored. */
  | 'bad-value'
  /** A flag that is not one byte. */
  | 'bad-flag'
  /** The variables do not fit into the image. */
  | 'overflow'
  /** Neither copy of a redundant pair can be read. */
  | 'both-invalid'
  /** A line of a text file that is not `name=value`. */
  | 'bad-line';

/** The only error this package throws on purpose; `code` is for programs, `message` for people. */
export class EnvError extends Error {
  readonly code: EnvErrorCode;

  constructor(code: EnvErrorCode, message: string) {
    super(message);
    this.name = 'EnvError';
    this.code = code;
  }
}

const QUOTED_MAX_LENGTH = 80;

/** Untrusted text for a message: quoted, control characters escaped, at most 80 characters of it. */
export function quoted(text: string): string {
  const shown = JSON.stringify(text.slice(0, QUOTED_MAX_LENGTH));
  // JSON leaves the upper control characters as they are, and terminals act on them.
  const escaped = shown.replace(/[\u007f-\u009f]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  return text.length > QUOTED_MAX_LENGTH ? `${escaped}...` : escaped;
}
