/** Plays the life of an app on the one device. */
import { APP_LIFE } from '../machine/lab/app-life.ts';
import { appOn } from '../machine/lab/app-seen.ts';
import { brokenStep, seenLines } from './promise-app.ts';
import type { Played } from './result.ts';
import type { Stage } from './stage.ts';

/** Plays all its steps, also after one that went wrong, and tells what came of each. */
export async function playApp({ device, narrator }: Stage): Promise<Played> {
  await device.mountPayload();
  const broken: string[] = [];
  for (const step of APP_LIFE) {
    let ended = { status: 0, output: '' };
    for (const command of step.commands) {
      if (ended.status !== 0) broken.push(`${step.title}: what comes before "${command}" fails: ${ended.output}`);
      narrator.note(command);
      ended = await narrator.during('waiting for the device', device.tryRun(command));
    }
    const seen = await narrator.during('looking at the device', appOn(device));
    narrator.fact('app', step.title);
    narrator.fact('device', ...seenLines(seen));
    broken.push(...brokenStep(step, ended, seen));
  }
  return { seconds: undefined, cause: undefined, broken };
}
