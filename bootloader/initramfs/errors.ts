/** What can go wrong while the initramfs is built. */
export type InitramfsErrorCode =
  | 'bad-path' // an archive entry whose path is absolute, climbs, or is given twice
  | 'too-large' // more than the archive format or a bound here can hold
  | 'no-modules' // the directory is not one that depmod has been run on
  | 'unknown-module' // a module that the kernel neither has as a file nor built in
  | 'module-cycle' // modules.dep says that two modules need each other
  | 'compiler-failed';

export class InitramfsError extends Error {
  readonly code: InitramfsErrorCode;

  constructor(code: InitramfsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InitramfsError';
    this.code = code;
  }
}
