/** Why a command failed. */
export type CommandErrorCode =
  /** Bad arguments. */
  | 'usage'
  /** The file named on the command line cannot be read. */
  | 'file'
  /** No daemon answers. */
  | 'unreachable'
  /** Something else than this daemon answers on the socket. */
  | 'not-holdfast'
  /** The daemon's answer makes no sense. */
  | 'protocol'
  /** The daemon refused. */
  | 'refused'
  /** Refused because something else is under way: trying again later can help. */
  | 'conflict'
  /** The daemon tried and failed. */
  | 'failed';

export class CommandError extends Error {
  readonly code: CommandErrorCode;
  /** The daemon's error kind, where it gave one. */
  readonly kind: string | undefined;

  constructor(code: CommandErrorCode, message: string, kind?: string) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.kind = kind;
  }

  /** snapd's exit codes: 10 is the only error worth retrying. */
  get exitCode(): number {
    return this.code === 'conflict' ? 10 : 1;
  }
}
