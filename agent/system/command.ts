/** Runs a command of somebody else's, which may be as broken as can be: limited in time, output and memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { killMarked } from './kill-marked.ts';

export interface CommandRun {
  /** Absolute path, and arguments. */
  readonly command: readonly string[];
  /** All that it is told of; nothing of the agent's own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Standard output and error together. */
  readonly outputBytes: number;
  /** What becomes of a command that prints more: it is ended, or the oldest of it is forgotten. */
  readonly whenFull: 'end' | 'forget';
  /** Of each process; no limit where it is missing. */
  readonly memoryMiB?: number;
  /** The name of a variable that the run is marked by. */
  readonly markVariable: string;
}

/** How a command came to its end. */
export interface CommandOutcome {
  readonly how: 'exit' | 'signal' | 'time' | 'output' | 'not-started';
  /** The exit status, the signal's name, or why it was not started. */
  readonly status: number | string;
  /** What was kept of standard output and error. */
  readonly output: string;
}

/** How long the pipes may stay open after everybody who could write into them was killed. */
const drainMillis = 1000;

/** Runs a command to its end, and ends all that it started. Never rejects. */
export async function runLimited(run: CommandRun, signal: AbortSignal): Promise<CommandOutcome> {
  if (signal.aborted) return { how: 'not-started', status: 'it is not wanted any more', output: '' };
  // A name that only this run has: what leaves the process group is found by it.
  const mark = randomUUID();
  const child = start(run, { ...run.env, [run.markVariable]: mark });
  const output = new Output(run.outputBytes, run.whenFull);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const { how, status } = await ended(child, output, run, signal);
  killGroup(child);
  await killMarked(`${run.markVariable}=${mark}`);
  await settled(closed, drainMillis);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { how, status, output: output.text() };
}

/** In a process group of its own; the shell sets the limits and becomes the command. */
function start({ command, memoryMiB }: CommandRun, env: Readonly<Record<string, string>>): ChildProcess {
  // RLIMIT_DATA counts what a process really takes, not what a runtime only reserves.
  const memory = memoryMiB === undefined ? '' : ` && ulimit -d ${memoryMiB * 1024}`;
  return spawn('/bin/sh', ['-c', `ulimit -c 0${memory} && exec "$0" "$@"`, ...command], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
}

type End = Pick<CommandOutcome, 'how' | 'status'>;

/** Whatever comes first: its own end, or that of its time, its output, or whoever wants it. */
async function ended(child: ChildProcess, output: Output, run: CommandRun, signal: AbortSignal): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const timer = setTimeout(() => resolve({ how: 'time', status: run.seconds }), run.seconds * 1000);
  const abort = () => resolve({ how: 'time', status: 'it is not wanted any more' });
  signal.addEventListener('abort', abort, { once: true });
  child.once('error', ({ message }) => resolve({ how: 'not-started', status: message }));
  child.once('exit', (code, name) =>
    resolve(code === null ? { how: 'signal', status: name ?? '' } : { how: 'exit', status: code }),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      if (!output.add(chunk)) resolve({ how: 'output', status: run.outputBytes });
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
  readonly #whenFull: CommandRun['whenFull'];
  #kept: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number, whenFull: CommandRun['whenFull']) {
    this.#limit = limit;
    this.#whenFull = whenFull;
  }

  /** False where there was more than the limit and that is to be the end. */
  add(chunk: Buffer): boolean {
    if (this.#whenFull === 'forget') {
      const all = Buffer.concat([...this.#kept, chunk]);
      this.#kept = [all.subarray(Math.max(0, all.length - this.#limit))];
      return true;
    }
    const room = this.#limit - this.#bytes;
    if (room > 0) this.#kept.push(chunk.subarray(0, room));
    this.#bytes += chunk.length;
    return this.#bytes <= this.#limit;
  }

  text(): string {
    return Buffer.concat(this.#kept).toString('utf8');
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
