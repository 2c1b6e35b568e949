/** Runs a health command of a snap, which may be as broken as what it checks. */
import { runLimited } from '../../../system/command.ts';
import type { CommandLimits, HealthCommand } from '../model.ts';
import type { CommandEnd } from '../ports.ts';
import { clean } from './lines.ts';

const maxLines = 12;
/** Marks what a command has started, also for whoever looks at a process. */
const markVariable = 'HOLDFAST_HEALTH_RUN';
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a command to its end, and ends all that it started. Never rejects. */
export async function runCommand(
  { id, path: file }: HealthCommand,
  { seconds, outputBytes, memoryMiB }: CommandLimits,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const env = { PATH: path, LANG: 'C.UTF-8', HOLDFAST_HEALTH_CHECK: id };
  const limits = { seconds, outputBytes, memoryMiB, whenFull: 'end', markVariable } as const;
  const end = await runLimited({ command: [file], env, ...limits }, signal);
  return { ...end, output: clean(end.output, maxLines) };
}
