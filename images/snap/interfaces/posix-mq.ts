import type { Draft, End } from '../bind/draft.ts';
import { isCleanSubPath, patternIn } from '../path.ts';
import { quote } from '../quote.ts';
import { goText } from '../yaml/value.ts';
import { defaultToName, refuse, refuseType, textsIn, textsOf } from './attributes.ts';

const PERMISSIONS = ['open', 'read', 'write', 'create', 'delete'];

export function checkPosixMqPlug(end: End): void {
  const queue = end.attrs.get('posix-mq');
  if (queue !== undefined && typeof queue !== 'string') {
    refuse(`posix-mq "posix-mq" attribute must be a string, not ${goText(queue)}`);
  }
  defaultToName(end, 'posix-mq');
}

export function checkPosixMqSlot(end: End, { document: { name: snap } }: Draft): void {
  checkPosixMqPlug(end);
  const strange = textsOf(snap, end, 'permissions').find((permission) => !PERMISSIONS.includes(permission));
  if (strange !== undefined) {
    refuse(`posix-mq slot permission "${strange}" not valid, must be one of ${goText(PERMISSIONS)}`);
  }
  const given = end.attrs.get('path');
  if (given === undefined) refuse('posix-mq slot requires the "path" attribute');
  const paths = typeof given === 'string' ? [given] : textsIn(given);
  if (paths === undefined) refuseType(snap, end, 'path', '[]string');
  if (paths.length === 0) refuse('posix-mq slot requires at least one value in the "path" attribute');
  for (const path of paths) checkPath(path);
}

function checkPath(given: string): void {
  if (given === '') refuse('posix-mq slot "path" attribute values cannot be empty');
  const path = given.startsWith('/') ? given : `/${given}`;
  if (!/^\/[^/]{1,255}$/u.test(path)) {
    refuse(
      `posix-mq "path" attribute must conform to the POSIX message queue name specifications (see "man mq_overview"): ${path}`,
    );
  }
  if (patternIn(path) !== undefined) refuse(`posix-mq "path" attribute is invalid: ${path}"`);
  if (!isCleanSubPath(path)) refuse(`posix-mq "path" attribute is not a clean path: ${quote(path)}`);
}
