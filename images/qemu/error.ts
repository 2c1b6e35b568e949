/** Everything that can go wrong with a machine, its disks and its write logs. */
export type MachineErrorCode =
  | 'bad-argument'
  | 'cannot-start'
  | 'not-running'
  | 'already-running'
  | 'exited'
  | 'timeout'
  | 'console-busy'
  | 'qmp-command'
  | 'qmp-protocol'
  | 'tool-failed'
  | 'bad-gpt'
  | 'no-partition'
  | 'bad-log'
  | 'out-of-range'
  | 'disk-protocol'
  | 'bad-saved-state';

/** The only error this module throws on purpose: `code` is for programs, `message` ("cannot ...") for people. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code: MachineErrorCode;

  constructor(code: MachineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
