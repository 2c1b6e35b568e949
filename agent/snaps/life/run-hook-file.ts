/** Runs a hook as it lies in the mounted snap: nothing confines it, so it is for snaps that are not to be confined. */
import { clean } from '../../boot/health/ports/lines.ts';
import { type CommandOutcome, runLimited } from '../../system/command.ts';
import type { HookEnd, HookRun } from './world.ts';

/** snapd shows as many of its last lines. */
const keptLines = 10;
const keptBytes = 16 * 1024;

/** Never rejects. */
export async function runHookFile({ command, env, seconds }: HookRun, signal: AbortSignal): Promise<HookEnd> {
  const limits = { seconds, outputBytes: keptBytes, whenFull: 'forget', markVariable: 'HOLDFAST_HOOK_RUN' } as const;
  const end = await runLimited({ command, env, ...limits }, signal);
  const problem = problemOf(end);
  return { problem, output: clean(end.output, keptLines) };
}

/** In snapd's words, where it has some. */
function problemOf({ how, status }: CommandOutcome): string | undefined {
  switch (how) {
    case 'exit':
      return status === 0 ? undefined : `exit status ${status}`;
    case 'signal':
      return `signal: ${status}`;
    case 'time':
      return typeof status === 'number' ? `exceeded maximum runtime of ${timeWords(status)}` : String(status);
    default:
      return String(status);
  }
}

/** As Go prints a duration. */
function timeWords(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
