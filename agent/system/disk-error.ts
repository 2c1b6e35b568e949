/** What can go wrong on a disk, as a closed set that handlers can decide on. */

export type DiskErrorCode =
  | 'no-space'
  | 'io'
  | 'read-only'
  | 'not-found'
  | 'exists'
  | 'wrong-kind'
  | 'not-permitted'
  | 'busy'
  | 'other-file-system'
  | 'bad-path'
  | 'bad-size'
  | 'too-large'
  | 'mismatch'
  | 'read-back';

const REASONS: Readonly<Record<DiskErrorCode, string>> = {
  'no-space': 'no space is left; remove something first',
  io: 'the medium or its driver failed; see the kernel log',
  'read-only': 'the file system is read-only; it may have found errors',
  'not-found': 'it, or a directory on the way, does not exist',
  exists: 'something is there already',
  'wrong-kind': 'a file stands where a directory is needed, or a directory where a file is',
  'not-permitted': 'this user may not, or this file system cannot',
  busy: 'it is in use',
  'other-file-system': 'the two names are on different file systems',
  'bad-path': 'the path is not absolute, is too long or holds a NUL',
  'bad-size': 'the region does not lie inside the file or device',
  'too-large': 'it is larger than the limit',
  mismatch: 'the content is not what was promised',
  'read-back': 'what the medium gives back is not what was written; replace the medium',
};

const CODE_OF_ERRNO: Readonly<Record<string, DiskErrorCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EIO: 'io',
  EROFS: 'read-only',
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOTEMPTY: 'exists',
  EISDIR: 'wrong-kind',
  ENOTDIR: 'wrong-kind',
  EINVAL: 'wrong-kind',
  ELOOP: 'wrong-kind',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EBUSY: 'busy',
  ETXTBSY: 'busy',
  EXDEV: 'other-file-system',
  ENAMETOOLONG: 'bad-path',
  EFBIG: 'too-large',
};

export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  readonly path: string;

  /** `action` completes "cannot"; `detail` replaces the code's own reason where more is known. */
  constructor(code: DiskErrorCode, action: string, path: string, options: { detail?: string; cause?: unknown } = {}) {
    const cause = options.cause === undefined ? {} : { cause: options.cause };
    super(`cannot ${action} ${path}: ${options.detail ?? REASONS[code]}`, cause);
    this.code = code;
    this.path = path;
  }
}

/** The errno's name that an error of Node or of the native addon carries. */
function errnoOf(error: Error): string {
  if ('errno' in error && typeof error.errno === 'string') return error.errno;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The DiskError for what a system call threw. An errno that is not listed is an input or output error. */
export function diskErrorFrom(error: unknown, action: string, path: string): DiskError {
  if (error instanceof DiskError) return error;
  const errno = error instanceof Error ? errnoOf(error) : '';
  const code = CODE_OF_ERRNO[errno] ?? 'io';
  const detail = CODE_OF_ERRNO[errno] === undefined ? { detail: `${REASONS.io} (${errno || String(error)})` } : {};
  return new DiskError(code, action, path, { ...detail, cause: error });
}
