/** Plays all chosen cases, one block each, and sums them up. */
import { cpus } from 'node:os';
import { relative } from 'node:path';
import type { DemoCase } from './cases.ts';
import type { CaseFigure } from './figures-file.ts';
import { seconds, table } from './format.ts';
import { playApp } from './play-app.ts';
import { playCut, Recorder } from './play-cut.ts';
import { playSnap } from './play-snap.ts';
import type { Played, Result } from './result.ts';
import type { Stage } from './stage.ts';
import { timelineLines } from './timeline.ts';

/** Plays the cases in order; a case that fails does not keep the others from being played. */
export async function playAll(stage: Stage, cases: readonly DemoCase[]): Promise<Result[]> {
  const { narrator } = stage;
  const recorder = new Recorder(stage);
  if (cases.some(({ kind }) => kind !== 'power-cut')) {
    narrator.say('\n== The device is switched on for the first time');
    await stage.logTo('first-boot');
    await stage.powerOn();
    narrator.fact('device', await firstWords(stage));
  }
  const results: Result[] = [];
  for (const [at, it] of cases.entries()) {
    narrator.say(`\n== ${at + 1} of ${cases.length}, ${it.name}: ${it.title}`);
    narrator.say(`   ${it.story}`);
    const played = await playOne(stage, recorder, it);
    results.push({ name: it.name, title: it.title, end: endOf(it), ...played });
    if (played.broken.length === 0) narrator.fact('result', 'as promised');
    else narrator.fact('result', ...['NOT AS PROMISED', ...played.broken]);
  }
  await recorder.remove();
  return results;
}

/** What a case ends with where all is as promised. */
function endOf(it: DemoCase): Result['end'] {
  if (it.kind === 'power-cut') return 'mended';
  return it.kind === 'app-life' ? 'restored' : it.promised.what;
}

async function firstWords(stage: Stage): Promise<string> {
  const { good } = await stage.status();
  return `good set ${Object.values(good).join(', ')}`;
}

async function playOne(stage: Stage, recorder: Recorder, it: DemoCase): Promise<Played> {
  const { narrator } = stage;
  try {
    if (it.kind === 'power-cut') return await playCut(stage, recorder, it);
    await stage.logTo(it.name);
    return it.kind === 'app-life' ? await playApp(stage) : await playSnap(stage, it);
  } catch (error) {
    const broken = [reasonOf(error)];
    if (it.kind !== 'power-cut') {
      narrator.note(`it went wrong (${firstLine(reasonOf(error))}); the device is switched off and on`);
      await stage.restart().catch((again: unknown) => broken.push(`and it does not come back: ${reasonOf(again)}`));
    }
    return { seconds: undefined, cause: undefined, broken };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of a machine goes on with the last its console said. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** The device's timeline, the figures, the logs. */
export function sumUp({ narrator, outcomes, logs, bootSeconds }: Stage, results: readonly Result[]): void {
  if (outcomes.length > 0) {
    narrator.say('\n== What the device says of its life (the outcomes of `holdfast status`)');
    for (const line of timelineLines(outcomes)) narrator.say(`   ${line}`);
  }
  narrator.say('\n== Figures');
  const rows = results.map(({ name, end, cause, seconds: took, broken }) => [
    name,
    broken.length > 0 ? 'NOT AS PROMISED' : end,
    cause ?? '',
    took === undefined ? '' : seconds(took),
  ]);
  const boot = bootSeconds === undefined ? [] : [["power-on to the agent's answer", '', '', seconds(bootSeconds)]];
  for (const line of table([['case', 'end', 'cause', 'took'], ...rows, ...boot])) narrator.say(`   ${line}`);
  narrator.say('\n== Serial logs');
  for (const path of logs) narrator.say(`   ${relative(process.cwd(), path)}`);
}

/** The measured cases, for figures.json. */
export function figuresOf(results: readonly Result[]): CaseFigure[] {
  return results.flatMap(({ name, title, end, cause, seconds: took }) =>
    took === undefined
      ? []
      : [
          {
            ...{ name, title, end, seconds: took },
            ...(cause === undefined ? {} : { cause }),
          },
        ],
  );
}

/** The machine that measures, as far as it matters. */
export function hostText(): string {
  const all = cpus();
  return `${all.length} cores (${all[0]?.model.trim() ?? 'unknown'}), the device emulated without KVM`;
}
