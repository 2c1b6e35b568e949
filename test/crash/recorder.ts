/**
 * The recorder: a small C library that is preloaded into a process, sees every call with which libuv and SQLite change files
 * under one directory, and can make calls fail on purpose. For tests only.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { headers, REPOSITORY } from '../../agent/system/native/build.ts';

/** `space`: ENOSPC, where new blocks are needed. `io`: EIO, every change and sync. `read`: EIO, every reading of a file. */
export type FaultKind = 'space' | 'io' | 'read';

export const FAULT_KINDS: readonly FaultKind[] = ['space', 'io', 'read'];

/** How many calls each kind of fault could have hit. */
export type CallCounts = Readonly<Record<FaultKind, number>>;

export interface Recording extends CallCounts {
  readonly trace: Buffer;
  /** Calls that failed on purpose. */
  readonly failed: number;
}

export interface Recorder {
  /** Records what happens under `root` (no links in it) from now on. */
  start(root: string): void;
  /** Puts words into the trace. */
  mark(text: string): void;
  /** Lets the call with this number (from 0, of those that this kind hits) fail, or all from there on. */
  fail(kind: FaultKind, at: number, forever: boolean): void;
  stop(): Recording;
}

const FLAGS = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-Wl,-z,lazy'];
const SOURCES = join(import.meta.dirname, 'native');

/** Builds the library where these sources were not built yet; its path. */
export function buildRecorder(): string {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of globSync('*', { cwd: SOURCES }).sort()) hash.update(readFileSync(join(SOURCES, name)));
  const folder = join(REPOSITORY, 'build/crash');
  const path = join(folder, `recorder-${hash.digest('hex').slice(0, 16)}.so`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const files = ['interpose.c', 'recorder.c'].map((name) => join(SOURCES, name));
  execFileSync('gcc', [...FLAGS, `-I${headers()}`, '-o', fresh, ...files], { stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(fresh, path);
  return path;
}

const VARIABLE = 'HOLDFAST_RECORDER';

/** The recorder of this process; undefined where it is not preloaded. */
export function loadRecorder(): Recorder | undefined {
  const path = process.env[VARIABLE];
  if (path === undefined) return undefined;
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, path);
  return module.exports as Recorder;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
}

/** Runs a script in a Node that has the recorder, with one thread for files: so each run makes its calls in the same order. */
export async function runRecorded(
  script: string,
  args: readonly string[],
  { quiet = false }: { readonly quiet?: boolean } = {},
): Promise<Ended> {
  const path = buildRecorder();
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
    env: { ...process.env, [VARIABLE]: path, LD_PRELOAD: path, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' },
  });
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, out };
}
