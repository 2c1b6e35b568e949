import type { Draft, End } from '../bind/draft.ts';
import { quote } from '../quote.ts';
import { goText } from '../yaml/value.ts';
import { refuse, refuseType, textOf } from './attributes.ts';

const BUS_NAME = /^[a-zA-Z_-][a-zA-Z0-9_-]*(\.[a-zA-Z_-][a-zA-Z0-9_-]*)+$/;
const MAX_BUS_NAME = 255;

/** Why a text is no well-known name of D-Bus. */
function busNameProblem(name: string): string | undefined {
  if (name === '') return 'DBus bus name must be set';
  if (Buffer.byteLength(name) > MAX_BUS_NAME) return 'DBus bus name is too long (must be <= 255)';
  return BUS_NAME.test(name) ? undefined : `invalid DBus bus name: ${quote(name)}`;
}

/** A plug or slot that names a bus and a name on it. */
export function checkDbus(end: End): void {
  const bus = textOf(end, 'bus');
  if (bus === undefined) refuse("cannot find attribute 'bus'");
  if (bus !== 'session' && bus !== 'system') refuse(`bus '${bus}' must be one of 'session' or 'system'`);
  const name = textOf(end, 'name');
  if (name === undefined) refuse("cannot find attribute 'name'");
  const problem = busNameProblem(name);
  if (problem !== undefined) refuse(problem);
  if (/-[0-9]+$/.test(name)) refuse('DBus bus name must not end with -NUMBER');
}

export function checkMprisSlot(end: End): void {
  for (const [key, name] of end.attrs) {
    if (key !== 'name') refuse(`unknown attribute '${key}'`);
    if (typeof name !== 'string') refuse(`name element ${goText(name)} is not a string`);
    else if (!/^[a-zA-Z0-9_-]*$/.test(name)) refuse(`invalid name element: ${quote(name)}`);
  }
}

export function checkPolkitPlug(end: End, { document: { name: snap } }: Draft): void {
  const prefix = end.attrs.get('action-prefix');
  if (prefix === undefined) {
    refuse(`snap ${quote(snap)} does not have attribute "action-prefix" for interface "polkit"`);
  }
  if (typeof prefix !== 'string') refuseType(snap, end, 'action-prefix', 'string');
  if (busNameProblem(prefix) !== undefined) refuse(`plug has invalid action-prefix: ${quote(prefix)}`);
}
