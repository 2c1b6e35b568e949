/** A second thread that ends the process when the first one hangs. */
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Far more than any mutant takes, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** Returns what to call after each mutant, and what to call at the end. */
export function watch(patienceMs: number = PATIENCE_MS): {
  readonly progress: (done: number) => void;
  readonly stop: () => Promise<unknown>;
} {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { execArgv: [], workerData: { watched: done, patienceMs } });
  return { progress: (number) => void Atomics.store(done, 0, number), stop: () => worker.terminate() };
}

/** In the worker: waits as long as the number stays what it is; nobody wakes it earlier. */
function guard(done: Int32Array, patienceMs: number): void {
  for (let last = 0; ; last = Atomics.load(done, 0)) {
    if (Atomics.wait(done, 0, last, patienceMs) === 'timed-out' && Atomics.load(done, 0) === last) {
      writeSync(2, `mutant ${last} (counted from the first of this run) hangs\n`);
      process.kill(process.pid, 'SIGKILL');
    }
  }
}

if (!isMainThread && workerData?.watched instanceof Int32Array) guard(workerData.watched, workerData.patienceMs);
