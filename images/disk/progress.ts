/** Receives one line per step of a build. */
export type Report = (line: string) => void;

/** Says nothing: for tests and for callers that narrate by themselves. */
export const silent: Report = () => {};

/** A reporter that writes each line with the seconds since it was made. */
export function timedReport(write: (line: string) => void, now: () => number = () => performance.now()): Report {
  const start = now();
  return (line) => write(`[${((now() - start) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

/** Runs a step, reporting that it starts and how long it took. */
export async function step<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  report(`${what} ...`);
  const start = performance.now();
  const result = await work();
  report(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
