/**
 * The timeline as one page that needs nothing else: no script, no network. Everything in it is escaped, and a policy in its
 * head forbids what could still slip through: it shows text that failing systems have written.
 */
import { SLOTS, type Slot } from '../../../bootloader/protocol/index.ts';
import { html, Markup } from './html.ts';
import type { BootRecord } from './record.ts';
import {
  cameWords,
  checkWords,
  inOrder,
  leftWords,
  type StageSpan,
  spansOf,
  type Tone,
  toneOf,
  verdictWords,
} from './timeline.ts';
import { timelineStyle } from './timeline-style.ts';
import { secondsWords, timeWords } from './words.ts';

/** A page with one card for each boot, oldest first, and both sides of each reboot between them. */
export function timelineHtml(records: readonly BootRecord[]): string {
  const boots = inOrder(records);
  const items = boots.map((record, index) => [reboot(boots[index - 1], record), card(record, boots[index - 1])]);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Boot timeline</title>
<style>${new Markup(timelineStyle)}</style>
</head>
<body>
<main>
<h1>Boot timeline</h1>
<p class="sum">${summary(boots)}</p>
<ol>
${items}</ol>
</main>
</body>
</html>
`;
  return page.text;
}

function summary(boots: readonly BootRecord[]): string {
  if (boots.length === 0) return 'No boots recorded yet.';
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const trials = boots.filter(({ trial }) => trial);
  const kept = trials.filter(({ verdict }) => verdict?.kind === 'good').length;
  const back = boots.filter(({ end }) => end.backTo !== undefined).length;
  return `${count(boots.length, 'boot')}, ${count(trials.length, 'trial')}: ${kept} confirmed; went back ${count(back, 'time')}. Oldest first.`;
}

/** Both sides of a reboot: what ended the one, and how the next was chosen. */
function reboot(before: BootRecord | undefined, record: BootRecord): Markup {
  return html`<li class="reboot">${before === undefined ? '' : sideBefore(before)}
<p>&#8595; <b>Boot ${record.boot}</b>: ${cameWords(record)}</p></li>
`;
}

function sideBefore(before: BootRecord): Markup {
  const left = leftWords(before);
  const after = left?.uptimeSeconds === undefined ? '' : ` after ${secondsWords(left.uptimeSeconds)}`;
  return html`
<p>&#9632; <b>Boot ${before.boot}</b> ${left?.text ?? 'ended, and nothing is known of it'}${after}</p>`;
}

const toneWords: Readonly<Record<Tone, string>> = {
  kept: 'confirmed',
  lost: 'did not end well',
  open: 'no verdict',
  plain: '',
};

function card(record: BootRecord, before: BootRecord | undefined): Markup {
  const { boot, time, trial, end } = record;
  const tone = toneOf(record);
  const word = end.backTo === undefined ? toneWords[tone] : 'went back';
  const cause =
    end.cause === undefined
      ? ''
      : html`<p class="cause"><b>${end.cause.code}</b>: ${end.cause.message}</p>
`;
  return html`<li class="card ${tone}" id="boot-${boot}">
<header><h2>Boot ${boot}</h2>${trial ? html` <span class="badge trial">trial</span>` : ''}${badge(word)}${badge(end.how === 'running' ? 'running' : '')}
<time>${timeWords(time)}</time></header>
${facts(record, before)}${cause}${stages(spansOf(record))}${details(record)}</li>
`;
}

function badge(word: string): Markup | string {
  return word === '' ? '' : html` <span class="badge">${word}</span>`;
}

/** What booted, and in which of it the boot before was another. */
function facts(record: BootRecord, before: BootRecord | undefined): Markup {
  const { set, kernel, end } = record;
  const slot = (name: Slot): readonly [string, string] => {
    const was = before?.set[name];
    const change = was === undefined || was === set[name] ? '' : ` (was ${was})`;
    return [name, set[name] === undefined ? '' : `${set[name]}${change}`];
  };
  const rows: readonly (readonly [string, string])[] = [
    ...SLOTS.map(slot),
    ['release', kernel.release],
    ['verdict', verdictWords(record)],
    ['back to', Object.values(end.backTo ?? {}).join(', ')],
  ];
  const shown = rows.filter(([, text]) => text !== '');
  return html`<dl>${shown.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
`;
}

/** A bar of the stages; its parts grow slower than the seconds do, so that the short ones can be seen, too. */
function stages(spans: readonly StageSpan[]): Markup | string {
  if (spans.length === 0) return '';
  const parts = spans.flatMap(({ stage, label, seconds }) =>
    seconds === undefined
      ? []
      : html`<span class="${stage}" style="flex-grow:${Math.sqrt(seconds).toFixed(2)}" title="${label}: ${secondsWords(seconds)}"></span>`,
  );
  const marks = spans.map(
    ({ stage, label, from }) => html`<span class="${stage}">${label} ${secondsWords(from)}</span>`,
  );
  return html`<div class="bar" role="img" aria-label="how far it came, and when">${parts}</div>
<p class="marks">${marks}</p>
`;
}

function details({ health, verdict, end, kernel, commandLine, mounts, bootId }: BootRecord): Markup {
  const checks = (health?.checks ?? []).flatMap((check) => [
    checkWords(check),
    ...check.evidence.map((line) => `  ${line}`),
  ]);
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['Evidence of its end', end.cause?.evidence ?? []],
    ['Evidence of the verdict', verdict?.evidence ?? []],
    ['Checks', checks],
    ['Kernel command line', [commandLine]],
    ['Mounts', mounts],
    ['Kernel build id', [kernel.buildId]],
    ['Boot id', [bootId]],
  ];
  const shown = parts.filter(([, lines]) => lines.some((line) => line !== ''));
  const title = end.cause === undefined ? 'Details' : 'Cause and evidence';
  if (shown.length === 0) return html``;
  return html`<details><summary>${title}</summary>${shown.map(
    ([name, lines]) => html`<h3>${name}</h3><pre>${lines.join('\n')}</pre>`,
  )}</details>
`;
}
