import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const PACKAGE = new URL('../..', import.meta.url).href;

/** The branches of one file: V8's ranges of code that run together, and the lines where those begin that never ran. */
export interface FileBranches {
  readonly file: string;
  readonly branches: number;
  readonly missed: readonly number[];
}

/** Counts which branches of the package's own sources run. Only what is loaded later is counted from its beginning. */
export async function countBranches(): Promise<{ finish(): Promise<readonly FileBranches[]> }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  return {
    async finish() {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
      return result.filter(({ url }) => isSource(url)).map(({ url, functions }) => branchesOf(url, functions));
    },
  };
}

function isSource(url: string): boolean {
  const path = url.startsWith(PACKAGE) ? url.slice(PACKAGE.length) : 'testing/';
  return !path.startsWith('testing/') && !path.endsWith('.test.ts') && path !== 'fuzz.ts';
}

function branchesOf(
  url: string,
  functions: readonly { ranges: readonly { startOffset: number; count: number }[] }[],
): FileBranches {
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const ranges = functions.flatMap((called) => called.ranges);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const missed = ranges.filter(({ count }) => count === 0).map(({ startOffset }) => lineAt(startOffset));
  return {
    file: url.slice(PACKAGE.length),
    branches: ranges.length,
    missed: [...new Set(missed)].sort((a, b) => a - b),
  };
}
