/** Checks of single texts at the top of snap.yaml. */
import { SnapError } from '../error.ts';
import type { SnapInfo } from '../model.ts';
import { checkSnapName, isProvenance, splitInstanceName } from '../names.ts';
import { quote } from '../quote.ts';

const DEFAULT_PROVENANCE = 'global-upload';
const USERNAME = /^([_][-a-z0-9._]+[_]|[a-z0-9][-a-z0-9._]*)$/;

/** Throws `bad-metadata`. */
export function checkLength(what: 'title' | 'summary' | 'description', text: string): void {
  const most = { title: 40, summary: 128, description: 4096 }[what];
  const length = [...text].length;
  if (length > most) throw new SnapError('bad-metadata', `${what} can have up to ${most} codepoints, got ${length}`);
}

/** Throws `bad-provenance`. */
export function checkProvenance(provenance: string): void {
  if (provenance === '') return;
  if (provenance === DEFAULT_PROVENANCE) {
    throw new SnapError('bad-provenance', 'provenance cannot be set to default (global-upload) explicitly');
  }
  if (!isProvenance(provenance)) throw new SnapError('bad-provenance', `invalid provenance: ${quote(provenance)}`);
}

/** Throws `bad-base`. */
export function checkBase({ base, type, name, apps, hooks }: SnapInfo): void {
  if (base === undefined) return;
  if (base !== 'none' && (type === 'os' || type === 'base')) {
    throw new SnapError('bad-base', `cannot have "base" field on "${type}" snap ${quote(name)}`);
  }
  if (base === 'none' && apps.size + hooks.size > 0) {
    throw new SnapError('bad-base', 'cannot have apps or hooks with base "none"');
  }
  const { name: baseName, key } = splitInstanceName(base);
  if (key !== '') throw new SnapError('bad-base', `base cannot specify a snap instance name: ${quote(base)}`);
  try {
    checkSnapName(baseName);
  } catch (cause) {
    throw new SnapError('bad-base', `invalid base name: ${(cause as SnapError).message}`, { cause });
  }
}

/** Throws `bad-system-username`. */
export function checkSystemUsernames(names: Iterable<string>): void {
  for (const name of names) {
    if (!USERNAME.test(name)) throw new SnapError('bad-system-username', `invalid system username ${quote(name)}`);
  }
}
