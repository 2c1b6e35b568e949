/** The timeline for a terminal: ASCII only, as it may be a serial console. */
import type { BootRecord } from './record.ts';
import { cameWords, healthWords, inOrder, leftWords, spansOf, verdictWords } from './timeline.ts';
import { fileWords, secondsWords, timeWords } from './words.ts';

/** One paragraph for each boot, oldest first, and both sides of each reboot between them. */
export function timelineText(records: readonly BootRecord[]): string {
  const boots = inOrder(records);
  const lines = boots.flatMap((record) => [...chosen(record), ...paragraph(record), ...left(record)]);
  return lines.length === 0 ? 'No boots recorded yet.\n' : `${lines.join('\n')}\n`;
}

function chosen(record: BootRecord): string[] {
  return [` v boot ${record.boot}: ${cameWords(record)}`];
}

function paragraph(record: BootRecord): string[] {
  const { boot, time, trial, set, end } = record;
  const told: readonly (readonly [what: string, text: string])[] = [
    ['set', fileWords(set).replaceAll(' and ', ' ')],
    ['kernel', record.kernel.release],
    [
      'stages',
      spansOf(record)
        .map(({ label, from }) => `${label} ${secondsWords(from)}`)
        .join(', '),
    ],
    ['health', healthWords(record)],
    ['verdict', verdictWords(record)],
    ['cause', end.cause === undefined ? '' : `${end.cause.code}: ${end.cause.message}`],
    ['back to', end.backTo === undefined ? '' : fileWords(end.backTo).replaceAll(' and ', ' ')],
  ];
  const lines = told.flatMap(([what, text]) => (text === '' ? [] : [`     ${what.padEnd(8)} ${text}`]));
  return [`[${boot}]${trial ? ' TRIAL' : ''} ${timeWords(time)}`, ...lines];
}

function left(record: BootRecord): string[] {
  const words = leftWords(record);
  if (words === undefined) return ['     now      it runs'];
  const after = words.uptimeSeconds === undefined ? '' : ` after ${secondsWords(words.uptimeSeconds)}`;
  return [` | boot ${record.boot} ${words.text}${after}`];
}
