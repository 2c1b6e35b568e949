import { posix } from 'node:path';
import type { Draft, End } from '../bind/draft.ts';
import { isDashedName } from '../names.ts';
import { isCleanSubPath, patternIn } from '../path.ts';
import { quote } from '../quote.ts';
import { unknownVariable } from '../variables.ts';
import { goText } from '../yaml/value.ts';
import { refuse, refuseType, textOf } from './attributes.ts';

/** Where the socket of a CUPS inside the snap is; old ones do not say. */
export function checkCupsSlot(end: End, { document }: Draft): void {
  const path = end.attrs.get('cups-socket-directory');
  if (path === undefined) return;
  if (typeof path !== 'string') refuseType(document.name, end, 'cups-socket-directory', 'string');
  const pattern = patternIn(path);
  if (pattern !== undefined) refuse(`cups-socket-directory is not usable: ${quote(path)} ${pattern}`);
  if (!isCleanSubPath(path)) refuse(`cups-socket-directory is not clean: ${quote(path)}`);
  if (!path.startsWith('$SNAP_COMMON') && !path.startsWith('$SNAP_DATA')) {
    refuse('cups-socket-directory must be a directory of $SNAP_COMMON or $SNAP_DATA');
  }
  const variable = unknownVariable(path);
  if (variable !== undefined) refuse(`reference to unknown variable ${quote(variable)}`);
}

export function checkPkcs11Slot(end: End): void {
  const path = end.attrs.get('pkcs11-socket');
  if (path === undefined) refuse('cannot use pkcs11 slot without "pkcs11-socket" attribute');
  if (typeof path !== 'string') {
    refuse(`pkcs11 slot "pkcs11-socket" attribute must be a string, not ${goText(path ?? null)}`);
  }
  if (!isCleanSubPath(path)) refuse(`pkcs11 unix socket path is not clean: ${quote(path)}`);
  if (posix.dirname(path) !== '/run/p11-kit') {
    refuse(`pkcs11 unix socket has to be in the /run/p11-kit directory: ${quote(path)}`);
  }
  const pattern = patternIn(path);
  if (pattern !== undefined) refuse(`pkcs11 unix socket path is invalid: ${quote(path)} ${pattern}`);
}

export function checkQualcommSlot(end: End, { type }: Draft): void {
  if (type === 'os' || type === 'snapd') return;
  const tag = textOf(end, 'qcipc');
  if (tag === undefined) refuse('qualcomm-ipc-router slot must have a qcipc attribute');
  if (tag === '') refuse('qualcomm-ipc-router qcipc attribute cannot be empty');
  if (!isDashedName(tag)) refuse(`bad name for qcipc attribute: invalid tag name: ${quote(tag)}`);
  const address = textOf(end, 'address');
  if (address === undefined) refuse('qualcomm-ipc-router slot must have an address attribute');
  // The message names the other attribute: so does snapd's.
  if (address === '') refuse('qualcomm-ipc-router qcipc attribute cannot be empty');
  const pattern = patternIn(address);
  if (pattern !== undefined) refuse(`address is invalid: ${quote(address)} ${pattern}`);
}
