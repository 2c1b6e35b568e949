import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { MachineError } from './error.ts';

const STDERR_LIMIT = 16 * 1024;

/** Children that must not outlive this process. */
const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** How a tool ended. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running QEMU program with QMP on its descriptor 3. */
export interface Tool {
  readonly pid: number;
  readonly qmp: Duplex;
  /** Settles after the program has ended and all it said has been read. Never rejects. */
  readonly ended: Promise<Exit>;
  /** The last the program wrote to standard error. */
  readonly stderr: () => string;
  /** Ends the program at once. */
  readonly kill: () => void;
}

/**
 * Starts a QEMU program. It dies with this process, however that one ends: `setpriv --pdeathsig` covers the ends at which
 * no handler runs.
 * @throws MachineError `cannot-start` where there is no such program.
 */
export async function startTool(program: string, args: readonly string[]): Promise<Tool> {
  const command = ['--pdeathsig', 'KILL', '--', program, ...args];
  // Node makes each pipe of a child from a pair of connected unix sockets: no name, no limit on its length, no race.
  const child = spawn('setpriv', command, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_LIMIT);
  });
  const ended = Promise.withResolvers<Exit>();
  child.on('close', (status, signal) => {
    children.delete(child);
    ended.resolve({ status, signal });
  });
  await spawned(child, program);
  children.add(child);
  const qmp = child.stdio[3];
  if (!(qmp instanceof Duplex) || child.pid === undefined) throw new Error('a spawned child has its pipes and an id');
  return {
    pid: child.pid,
    qmp,
    ended: ended.promise,
    stderr: () => stderr.trim(),
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

function spawned(child: ChildProcess, program: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve);
  child.once('error', (error) => {
    const message = `cannot start ${program} through setpriv: ${error.message}; setpriv is part of util-linux`;
    reject(new MachineError('cannot-start', message, { cause: error }));
  });
  return promise;
}

/** Says how a program ended, with its own words where it left some. */
export function describeExit({ status, signal }: Exit, stderr: string): string {
  const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
  return stderr === '' ? how : `${how}, saying: ${stderr}`;
}
