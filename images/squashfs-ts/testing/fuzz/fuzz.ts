import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SquashfsErrorCode } from '../../error.ts';
import type { FileBranches } from './coverage.ts';
import type { Finding } from './run.ts';
import { type Assignment, type PlainTally, REPORT_EVERY, type Report, type WorkerResult } from './worker.ts';

export interface FuzzOptions {
  readonly mutants: number;
  readonly seed: number;
  /** Number of the first mutant, to make one again. */
  readonly from?: number;
  readonly workers?: number;
  /** Images of each tree in each compression: 36 times as many in all. */
  readonly each?: number;
  /** Called as often as a worker has gone on. */
  readonly onProgress?: (mutants: number) => void;
}

export interface FuzzResult {
  /** Different images that were changed. */
  readonly images: number;
  readonly mutants: number;
  readonly readable: number;
  readonly codes: Readonly<Partial<Record<SquashfsErrorCode, number>>>;
  /** Different messages, without their numbers. */
  readonly complaints: readonly string[];
  readonly branches: readonly FileBranches[];
  readonly findings: readonly Finding[];
  readonly maxReads: number;
  readonly peakMebibytes: number;
}

/** How often it is looked whether a worker hangs, milliseconds. */
const LOOK_MILLISECONDS = 60_000;
/** A worker that says nothing for so much time of the processor hangs: it says something every 500 mutants, a second or two of it. */
const SILENCE_CPU_SECONDS = 100;
/** So does one that says nothing and takes none in a look's time: that is no busy machine's doing. */
const LEAST_CPU_SECONDS = 0.02;
/** Ticks of proc(5) a second, the same on every Linux that runs this. */
const CLOCK_TICKS = 100;

/** What the process has had of the processor; not a number once it has ended. */
function cpuSeconds(pid: number | undefined): number {
  const path = `/proc/${pid}/stat`;
  // After the name, which may hold anything: state is the first, utime and stime are the 12th and 13th.
  const fields = existsSync(path) ? readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ') : undefined;
  return (Number(fields?.[11]) + Number(fields?.[12])) / CLOCK_TICKS;
}

/** The heap grows little before it is cleaned, so that what is measured is what the package holds. */
const NODE_OPTIONS = ['--expose-gc', '--max-semi-space-size=8'];

/** Runs one worker. A crash and a hang are findings like any other. */
function runWorker(assignment: Assignment, onProgress: (mutants: number) => void): Promise<WorkerResult> {
  return new Promise((resolve) => {
    const worker = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { execArgv: NODE_OPTIONS });
    let next = assignment.from;
    let result: WorkerResult | undefined;
    let hangs = false;
    let heard = cpuSeconds(worker.pid);
    let looked = heard;
    const looking = setInterval(() => {
      const now = cpuSeconds(worker.pid);
      hangs = now - heard > SILENCE_CPU_SECONDS || now - looked < LEAST_CPU_SECONDS;
      looked = now;
      if (hangs) worker.kill('SIGKILL');
    }, LOOK_MILLISECONDS);
    worker.on('message', (report: Report) => {
      heard = cpuSeconds(worker.pid);
      if (report.kind === 'done') {
        result = report.result;
        onProgress(assignment.to - next);
      } else {
        onProgress(report.next - next);
        next = report.next;
      }
    });
    worker.on('exit', (code, signal) => {
      clearInterval(looking);
      resolve(result ?? lost(assignment, next, hangs ? 'it hangs' : `it ended with ${signal ?? code}`));
    });
    worker.send(assignment);
  });
}

function lost({ to }: Assignment, next: number, error: string): WorkerResult {
  const end = Math.min(to, next + REPORT_EVERY);
  const finding = { mutant: next, image: '?', notes: [`one of the mutants from ${next} to ${end}`], error };
  const tally: PlainTally = {
    ...{ mutants: 0, readable: 0, codes: {}, complaints: [], maxReads: 0, peakMebibytes: 0 },
    findings: [finding],
  };
  return { images: 0, tally, branches: [] };
}

function addCodes(all: readonly PlainTally[]): FuzzResult['codes'] {
  const codes: Partial<Record<SquashfsErrorCode, number>> = {};
  for (const tally of all) {
    for (const [code, count] of Object.entries(tally.codes) as [SquashfsErrorCode, number][]) {
      codes[code] = (codes[code] ?? 0) + count;
    }
  }
  return codes;
}

/** A branch was reached if any worker reached it. */
function addBranches(all: readonly (readonly FileBranches[])[]): FileBranches[] {
  const byFile = Map.groupBy(all.flat(), ({ file }) => file);
  return [...byFile].sort().map(([file, counted]) => ({
    file,
    branches: Math.max(...counted.map(({ branches }) => branches)),
    missed: (counted[0]?.missed ?? []).filter((line) => counted.every(({ missed }) => missed.includes(line))),
  }));
}

/** Changes good images in many ways and reads what comes of it, in processes of their own. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { mutants, seed, from = 0, workers = 1, each = 3, onProgress = () => {} } = options;
  const share = Math.ceil(mutants / workers);
  const assignments = Array.from({ length: workers }, (_, i) => ({
    ...{ seed, each, from: from + i * share },
    to: from + Math.min(mutants, (i + 1) * share),
  }));
  const results = await Promise.all(assignments.map((assignment) => runWorker(assignment, onProgress)));
  const tallies = results.map(({ tally }) => tally);
  const sum = (of: (tally: PlainTally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const most = (of: (tally: PlainTally) => number) => Math.max(...tallies.map(of));
  return {
    images: Math.max(...results.map(({ images }) => images)),
    mutants: sum((tally) => tally.mutants),
    readable: sum((tally) => tally.readable),
    codes: addCodes(tallies),
    complaints: [...new Set(tallies.flatMap(({ complaints }) => complaints))].sort(),
    branches: addBranches(results.map(({ branches }) => branches)),
    findings: tallies.flatMap(({ findings }) => findings),
    maxReads: most((tally) => tally.maxReads),
    peakMebibytes: most((tally) => tally.peakMebibytes),
  };
}
