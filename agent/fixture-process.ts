/** For tests: the agent as processes of its own, on a device in a directory. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { architecture } from './fixture.ts';

const main = join(import.meta.dirname, 'main.ts');
const environment = { ...process.env, HOLDFAST_ARCHITECTURE: architecture };

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export function runProgram(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { env: { ...environment, ...env } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, out, err });
    });
  });
}

/** Runs the `holdfast` command to its end. */
export function holdfast(...args: readonly string[]): Promise<Ended> {
  return runProgram(process.execPath, [main, ...args]);
}

export interface DaemonProcess {
  readonly pid: number;
  /** Everything that it said so far. */
  said(): string;
  /** Waits until it has said something that matches. */
  hears(pattern: RegExp): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const pollMillis = 20;

/**
 * Starts the daemon of the device under `root`; resolves when it has decided what this boot is.
 * @param agent program and first arguments that start it; from its source unless told
 */
export async function startDaemonProcess(
  t: { teardown(end: () => unknown): void },
  root: string,
  env: NodeJS.ProcessEnv = {},
  agent: readonly [file: string, ...args: string[]] = [process.execPath, main],
): Promise<DaemonProcess> {
  const [file, ...args] = agent;
  const child = spawn(file, [...args, 'daemon', '--root', root], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = once(child, 'close');
  t.teardown(() => child.kill('SIGKILL'));
  const process_: DaemonProcess = {
    pid: child.pid ?? 0,
    said: () => text,
    async hears(pattern) {
      while (!pattern.test(text)) {
        if (child.exitCode !== null) throw new Error(`the daemon ended (${child.exitCode}):\n${text}`);
        await delay(pollMillis);
      }
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
  await process_.hears(/serving/);
  return process_;
}
