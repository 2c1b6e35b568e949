/** From what a command printed and how it ended to true counts of checks. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export function plus(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/**
 * tap's closing line is `# { total: 184, pass: 183, fail: 1 }`. A tap run without it, with skipped or todo checks, or with
 * an exit status that its counts do not explain, counts as failed. Any other command is one check.
 */
export function countsOf(command: string, exitCode: number | null, output: string): Counts {
  if (command !== 'tap') return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const line = [...output.matchAll(/^# \{ (total: \d+.*) \}$/gm)].at(-1)?.[1];
  if (line === undefined) return { passed: 0, failed: 1 };
  const number = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(line)?.[1] ?? 0);
  const passed = number('pass');
  const failed = number('fail') + number('skip') + number('todo');
  return { passed, failed: failed === 0 && (exitCode !== 0 || passed === 0) ? 1 : failed };
}
