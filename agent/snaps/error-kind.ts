/** What a client of snapd is told about a refusal, beside its message (`rest-api.md` §6). Pure. */
import type { SnapsError, SnapsErrorCode } from './error.ts';

export type SnapErrorKind =
  | 'snap-already-installed'
  | 'snap-not-installed'
  | 'snap-no-update-available'
  | 'snap-local'
  | 'snap-needs-devmode'
  | 'snap-needs-classic'
  | 'snap-needs-classic-system'
  | 'snap-not-classic'
  | 'snap-change-conflict'
  | 'insufficient-disk-space';

export interface ErrorAnswer {
  readonly status: number;
  /** `undefined` where snapd has none for the case. */
  readonly kind: SnapErrorKind | undefined;
  readonly value: unknown;
}

const kinds: Readonly<Partial<Record<SnapsErrorCode, SnapErrorKind>>> = {
  'already-installed': 'snap-already-installed',
  'not-installed': 'snap-not-installed',
  'no-update-available': 'snap-no-update-available',
  'local-snap': 'snap-local',
  'needs-devmode': 'snap-needs-devmode',
  'needs-classic': 'snap-needs-classic',
  'needs-classic-system': 'snap-needs-classic-system',
  'not-classic': 'snap-not-classic',
  conflict: 'snap-change-conflict',
  'no-space': 'insufficient-disk-space',
};

export function errorAnswer({ code, snap, snaps, changeKind }: SnapsError): ErrorAnswer {
  const change = changeKind === undefined ? {} : { 'change-kind': changeKind };
  if (code === 'conflict') {
    const name = snap === undefined ? {} : { 'snap-name': snap };
    return { status: 409, kind: kinds[code], value: { ...name, ...change } };
  }
  if (code === 'no-space')
    return { status: 507, kind: kinds[code], value: { 'snap-names': snaps, 'change-kind': changeKind ?? 'install' } };
  // A text here is shown to people as it is by some clients; a list of one is understood by all.
  if (code === 'already-installed') return { status: 400, kind: kinds[code], value: { snaps } };
  if (code === 'internal') return { status: 500, kind: undefined, value: undefined };
  const kind = kinds[code];
  return { status: 400, kind, value: kind === undefined ? undefined : snap };
}
