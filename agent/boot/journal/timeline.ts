/** What both timelines, text and page, tell of a boot. Pure. */
import type { BootRecord, CheckLine, Stage } from './record.ts';
import { chosenWords, endWords, resetWords, stageWords, withoutPerson } from './words.ts';

/** From one mark to the next. */
export interface StageSpan {
  readonly stage: Stage;
  readonly label: string;
  /** Seconds since the kernel started. */
  readonly from: number;
  /** `undefined` for the last one. */
  readonly seconds: number | undefined;
}

/** How a boot stands: what a reader looks for first. */
export type Tone = 'kept' | 'lost' | 'open' | 'plain';

/** The boots of a timeline, oldest first: time goes down the page. */
export function inOrder(records: readonly BootRecord[]): BootRecord[] {
  return records.toSorted((a, b) => a.boot - b.boot);
}

/** The stages up to the verdict, by their time; a shutdown may be days later and is told elsewhere. */
export function spansOf({ marks }: BootRecord): StageSpan[] {
  const rising = marks
    .filter(({ stage }) => stage !== 'shutdown')
    .toSorted((a, b) => a.uptimeSeconds - b.uptimeSeconds);
  return rising.map(({ stage, uptimeSeconds }, index) => {
    const next = rising[index + 1]?.uptimeSeconds;
    const seconds = next === undefined ? undefined : next - uptimeSeconds;
    return { stage, label: stageWords(stage), from: uptimeSeconds, seconds };
  });
}

export function toneOf({ trial, verdict, end }: BootRecord): Tone {
  if (end.backTo !== undefined || end.cause !== undefined || verdict?.kind === 'bad') return 'lost';
  if (!trial) return 'plain';
  return verdict?.kind === 'good' ? 'kept' : 'open';
}

/** This side of the reboot: how the boot ended, completing "Boot 7"; `undefined` while it runs. */
export function leftWords({
  end,
  marks,
}: BootRecord): { readonly text: string; readonly uptimeSeconds?: number } | undefined {
  if (end.how === 'running') return undefined;
  const uptimeSeconds = marks.find(({ stage }) => stage === 'shutdown')?.uptimeSeconds;
  return uptimeSeconds === undefined ? { text: endWords(end.how) } : { text: endWords(end.how), uptimeSeconds };
}

/** The other side: what made the machine boot, and what was chosen. */
export function cameWords(record: BootRecord): string {
  const chosen = `the boot script chose ${chosenWords(record)}`;
  if (record.time === '' && record.rule !== 'try') return 'known only by what it left behind';
  return record.reset === 'unknown' ? chosen : `came after ${resetWords(record.reset)}; ${chosen}`;
}

/** What was decided about a boot; "" where nothing was. */
export function verdictWords({ verdict }: BootRecord): string {
  if (verdict === undefined) return '';
  const { kind, by, reason } = verdict;
  const word = `${kind === 'good' ? 'confirmed' : 'rejected'}${by === 'person' ? ' by a person' : ''}`;
  const said = withoutPerson(reason);
  return said === '' ? word : `${word}: ${said}`;
}

/** One line on the health of a boot; "" where nobody looked. */
export function healthWords({ health }: BootRecord): string {
  if (health === undefined || health.checks.length === 0) return '';
  const passed = health.checks.filter(({ state }) => state === 'pass').length;
  const others = health.checks.filter(({ state }) => state !== 'pass').map(checkWords);
  return [`${passed} of ${health.checks.length} checks passed`, ...others].join('; ');
}

export function checkWords({ check, weight, state, reason }: CheckLine): string {
  const word = { pass: 'passed', wait: 'waits', fail: 'failed' }[state];
  return `${check} (${weight}) ${word}${reason === '' ? '' : `: ${reason}`}`;
}
