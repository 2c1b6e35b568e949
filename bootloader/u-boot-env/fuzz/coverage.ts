/** Which blocks of the package's source have run, as V8 itself counts them. */
import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

export interface Coverage {
  readonly functions: number;
  /** Blocks that V8 tells apart, and how many of them ran. */
  readonly blocks: number;
  readonly reached: number;
  /** `file:line: source` of each block that never ran. */
  readonly unreached: readonly string[];
}

/** Begins to count; ends with the returned function, which looks at the sources directly in a folder (a `file:` URL, with slash). */
export async function startCoverage(folder: string): Promise<() => Promise<Coverage>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    session.disconnect();
    return summary(result.filter(({ url }) => url.startsWith(folder) && /^[a-z]+\.ts$/.test(url.slice(folder.length))));
  };
}

function summary(scripts: readonly Profiler.ScriptCoverage[]): Coverage {
  let functions = 0;
  let blocks = 0;
  const unreached: string[] = [];
  for (const { url, functions: found } of scripts) {
    const source = readFileSync(fileURLToPath(url), 'utf8');
    functions += found.length;
    for (const range of found.flatMap(({ ranges }) => ranges)) {
      blocks += 1;
      if (range.count > 0) continue;
      const line = source.slice(0, range.startOffset).split('\n').length;
      const text = source.slice(range.startOffset, range.endOffset).trim().split('\n')[0] ?? '';
      unreached.push(`${url.slice(url.lastIndexOf('/') + 1)}:${line}: ${text}`);
    }
  }
  return { functions, blocks, reached: blocks - unreached.length, unreached };
}
