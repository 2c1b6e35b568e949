/** Revisions as text: `7` from a store, `x1` from a local file, `unset` where there is none. */

export const unsetRevision = 'unset';

export function isRevision(text: string): boolean {
  return /^x?[1-9]\d{0,9}$/.test(text);
}

/** True where no store ever gave this revision a number. */
export function isLocalRevision(revision: string): boolean {
  return revision.startsWith('x');
}
