/** `make demo`: boots a device, tries good and broken systems on it, and tells the story. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bootsOf } from '../machine/lab/boots.ts';
import { LAB_SETTLE, openLab } from '../machine/lab/lab.ts';
import { CASES } from './cases.ts';
import { measureBuilds } from './cold.ts';
import { keepFigures } from './figures-file.ts';
import { healthFigures } from './figures-health.ts';
import { clock, table } from './format.ts';
import { Narrator } from './narrator.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { figuresOf, hostText, playAll, sumUp } from './play.ts';
import { Stage } from './stage.ts';

const FOLDER = join(import.meta.dirname, '../../build/demo');
const FIGURES = join(FOLDER, 'figures.json');

/** @returns the exit status */
async function play(narrator: Narrator, { cases, isVerbose }: Options): Promise<number> {
  narrator.say(
    'Holdfast keeps a device on its last good system. Here a device is built and booted, and things go wrong.',
  );
  narrator.say('\n== Building the device and the snaps');
  const lab = await narrator.during(
    'building',
    openLab((line) => narrator.note(line)),
  );
  await clearLogs();
  const stage = new Stage(lab, narrator, FOLDER, isVerbose);
  try {
    const results = await playAll(stage, cases);
    sumUp(stage, results);
    const failed = results.filter(({ broken }) => broken.length > 0);
    if (failed.length === 0 && results.length === CASES.length && stage.bootSeconds !== undefined) {
      const health = healthFigures(await bootsOf(stage.device), LAB_SETTLE, stage.journalBytes);
      await keepFigures(FIGURES, { host: hostText(), boot: stage.bootSeconds, health, cases: figuresOf(results) });
    }
    narrator.say(
      `\n${results.length - failed.length} of ${results.length} cases ended as promised, ${clock(narrator.elapsedMs)} min`,
    );
    for (const { name, broken } of failed)
      narrator.say(`NOT AS PROMISED: ${name}: ${broken.map((line) => line.split('\n', 1)[0]).join('; ')}`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** Logs of an earlier run would be taken for those of this one. */
async function clearLogs(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const file of await readdir(FOLDER)) if (file.endsWith('.log')) await rm(join(FOLDER, file));
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  const narrator = new Narrator((text) => process.stdout.write(text));
  switch (options.mode) {
    case 'help':
      narrator.say(HELP);
      return 0;
    case 'list':
      for (const line of table(CASES.map(({ name, title }) => [name, title]))) narrator.say(line);
      return 0;
    case 'cold':
      await keepFigures(FIGURES, await measureBuilds(narrator));
      return 0;
    case 'play':
      return play(narrator, options);
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
