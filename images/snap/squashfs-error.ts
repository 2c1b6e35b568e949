import { SquashfsError, type SquashfsErrorCode } from 'squashfs-ts';
import { SnapError, type SnapErrorCode } from './error.ts';

const CODES: Readonly<Record<SquashfsErrorCode, SnapErrorCode>> = {
  'not-squashfs': 'not-a-snap',
  truncated: 'truncated',
  corrupt: 'corrupt',
  'unsupported-version': 'unsupported',
  'unsupported-compression': 'unsupported',
  'not-found': 'corrupt',
  'not-a-file': 'corrupt',
  'not-a-directory': 'corrupt',
  'too-large': 'corrupt',
  loop: 'corrupt',
};

/** An error that came up while reading a snap, as a SnapError; what is no SquashfsError stays as it is. */
export function fromSquashfs(error: unknown): unknown {
  if (!(error instanceof SquashfsError)) return error;
  return new SnapError(CODES[error.code], `cannot read snap: ${error.message}`, { cause: error });
}
