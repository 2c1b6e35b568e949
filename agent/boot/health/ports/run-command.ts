/** Runs a command of a snap, which may be as broken as what it checks: limited in time, output and memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { CommandLimits, HealthCommand } from '../model.ts';
import type { CommandEnd } from '../ports.ts';
import { killMarked } from './kill-marked.ts';
import { clean } from './lines.ts';

const maxLines = 12;
/** How long the pipes may stay open after everybody who could write into them was killed. */
const drainMillis = 1000;
/** Carries a name that only this run has: what leaves the process group is found by it. */
export const markVariable = 'HOLDFAST_HEALTH_RUN';

/** Runs a command to its end, and ends all that it started. Never rejects. */
export async function runCommand(
  { id, path }: HealthCommand,
  limits: CommandLimits,
  signal: AbortSignal,
): Promise<CommandEnd> {
  if (signal.aborted) return { how: 'not-started', status: 'it is not wanted any more', output: [] };
  const mark = `${markVariable}=${randomUUID()}`;
  const child = start(path, limits, { HOLDFAST_HEALTH_CHECK: id, [markVariable]: mark.slice(markVariable.length + 1) });
  const output = new Output(limits.outputBytes);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const { how, status } = await ended(child, output, limits, signal);
  killGroup(child);
  await killMarked(mark);
  await settled(closed, drainMillis);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { how, status, output: clean(output.text(), maxLines) };
}

/** In a process group of its own; the shell sets the limits and becomes the command. */
function start(path: string, { memoryMiB }: CommandLimits, env: Readonly<Record<string, string>>): ChildProcess {
  // RLIMIT_DATA counts what a process really takes, not what a runtime only reserves.
  const script = `ulimit -c 0 && ulimit -d ${memoryMiB * 1024} && exec "$0"`;
  return spawn('/bin/sh', ['-c', script, path], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...env },
  });
}

type End = Pick<CommandEnd, 'how' | 'status'>;

/** Whatever comes first: its own end, or that of its time, its output, or the trial. */
async function ended(child: ChildProcess, output: Output, limits: CommandLimits, signal: AbortSignal): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const timer = setTimeout(() => resolve({ how: 'time', status: limits.seconds }), limits.seconds * 1000);
  const abort = () => resolve({ how: 'time', status: 'it is not wanted any more' });
  signal.addEventListener('abort', abort, { once: true });
  child.once('error', ({ message }) => resolve({ how: 'not-started', status: message }));
  child.once('exit', (code, name) =>
    resolve(code === null ? { how: 'signal', status: name ?? '' } : { how: 'exit', status: code }),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      if (!output.add(chunk)) resolve({ how: 'output', status: limits.outputBytes });
    });
  }
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** What a command printed, up to a limit. */
class Output {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False once there was more than the limit; that is not kept. */
  add(chunk: Buffer): boolean {
    const room = this.#limit - this.#bytes;
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
    this.#bytes += chunk.length;
    return this.#bytes <= this.#limit;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

async function settled(work: Promise<unknown>, millis: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
