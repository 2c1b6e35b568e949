/** The figures as a section of the README. Pure. */
import { LAB_DEADLINE, LAB_SETTLE } from '../machine/lab/lab.ts';
import type { Figures } from './figures-file.ts';
import type { HealthFigures } from './figures-health.ts';
import { markdownTable, seconds, size } from './format.ts';

export interface SnapSize {
  readonly file: string;
  readonly bytes: number;
}

/** What it costs to look, and to write it down. */
function healthRows(health: HealthFigures | undefined): (readonly [string, string])[] {
  if (health === undefined) return [];
  const { verdictDelay, targetOfTrials, targetOfOthers, journalBytes } = health;
  const told = (what: string, value: string | undefined): (readonly [string, string])[] =>
    value === undefined ? [] : [[what, value]];
  const both = (trial: number, other: number): string => `${seconds(trial)} and ${seconds(other)}`;
  return [
    ...told(
      'what health adds to a trial: from the target to the verdict, without the settling time',
      verdictDelay === undefined ? undefined : seconds(verdictDelay),
    ),
    ...told(
      'from the start of the kernel to the target, with the checks of a trial and without',
      targetOfTrials === undefined || targetOfOthers === undefined ? undefined : both(targetOfTrials, targetOfOthers),
    ),
    ...told(
      'what a boot writes to its journal (`hf-journal`)',
      journalBytes === undefined ? undefined : size(journalBytes),
    ),
  ];
}

/** The snaps among the files of an image's manifest. */
export function snapSizes(manifest: unknown): SnapSize[] {
  const files: unknown = typeof manifest === 'object' && manifest !== null && 'files' in manifest ? manifest.files : {};
  return Object.entries(files ?? {}).flatMap(([file, about]: [string, unknown]) => {
    if (!file.endsWith('.snap') || typeof about !== 'object' || about === null || !('size' in about)) return [];
    return typeof about.size === 'number' ? [{ file, bytes: about.size }] : [];
  });
}

/** Markdown of what is known; what was not measured is not mentioned. */
export function figuresSection(figures: Figures, snaps: readonly SnapSize[]): string {
  const told = (what: string, value: number | undefined): (readonly [string, string])[] =>
    value === undefined ? [] : [[what, seconds(value)]];
  const general = [
    ...told('build of the image with empty caches, downloads included', figures.buildCold),
    ...told('build of the image with nothing changed', figures.buildWarm),
    ...told("from power-on to the agent's first answer", figures.boot),
    ...healthRows(figures.health),
    ...snaps.map(({ file, bytes }) => [`\`${file}\``, size(bytes)] as const),
  ];
  const cases = figures.cases.map(({ title, end, cause, seconds: value }) => [
    title,
    cause === undefined ? end : `${end}: \`${cause}\``,
    seconds(value),
  ]);
  return [
    ...(figures.host === undefined ? [] : [`Measured on ${figures.host}.`, '']),
    ...markdownTable([['', ''], ...general]),
    '',
    'From the moment at which the trial is armed to the word of the device that it is confirmed, or back on its good set; after a',
    `power cut, from power-on to rest. By the device's clock. Deadline ${LAB_DEADLINE} s, a healthy trial watched for ${LAB_SETTLE} s`,
    '(in the field 300 s and 30 s):',
    '',
    ...markdownTable([['what is tried', 'end', 'seconds'], ...cases]),
  ].join('\n');
}
