/** What reading the boot sets on the medium has shown, as data and as sentences for whoever asks. Pure. */
import type { Slot } from '../../../bootloader/protocol/index.ts';

export type FitnessState =
  | 'fit'
  /** Other bytes than were written, or bytes that cannot be read. */
  | 'rotten'
  | 'missing'
  /** Nothing says what it should be. */
  | 'no-record';

export type SetRole = 'good' | 'previous';

export interface Finding {
  /** The snap's file name. */
  readonly file: string;
  readonly slot: Slot;
  /** The sets that name it. */
  readonly roles: readonly SetRole[];
  /** `snap`, or the path of an asset on the boot partition below the snap's name; `assets` for all of them. */
  readonly what: string;
  /** As it was found. */
  readonly state: FitnessState;
  /** What was seen; "" where it is fit. */
  readonly reason: string;
  /** It was put right. */
  readonly mended: boolean;
}

/** What is still not as it should be with `files`: the good sets' first, then the others'. */
export function fitnessProblems(findings: readonly Finding[], files: ReadonlySet<string>): string[] {
  const open = findings.filter(({ file, state, mended }) => state !== 'fit' && !mended && files.has(file));
  const isGood = ({ roles }: Finding) => roles.includes('good');
  return [...open.filter(isGood), ...open.filter((finding) => !isGood(finding))].map(sentenceOf);
}

/** What was put right. */
export function mendedLines(findings: readonly Finding[]): string[] {
  return findings.filter(({ mended }) => mended).map((finding) => `${sentenceOf(finding)}; it is mended`);
}

function sentenceOf({ file, slot, roles, what, state, reason }: Finding): string {
  const thing = what === 'snap' ? file : `${what} of ${file}`;
  const said = { fit: 'fit', rotten: 'rotten', missing: 'missing', 'no-record': 'not to be judged' }[state];
  return `the ${roles.join(' and ')} ${slot}: ${thing} is ${said}: ${reason}`;
}
