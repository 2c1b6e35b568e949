/** One run of a scenario, recorded: the tree it began with, what was done, and that the trace tells all of it. */

import { Medium } from './medium.ts';
import { differences, type Picture, scan } from './picture.ts';
import type { CallCounts, Recorder } from './recorder.ts';
import { parseTrace, type Step } from './trace.ts';

export interface Recorded {
  /** The tree before. */
  readonly picture: Picture;
  readonly inodes: ReadonlyMap<string, number>;
  readonly steps: readonly Step[];
  readonly calls: CallCounts;
}

/** Records what `act` does under `root`. */
export async function record(recorder: Recorder, root: string, act: () => Promise<unknown>): Promise<Recorded> {
  const { picture, inodes } = scan(root);
  recorder.start(root);
  try {
    await act();
  } catch (error) {
    recorder.stop();
    throw error;
  }
  const { trace, space, io, read } = recorder.stop();
  return { picture, inodes, steps: parseTrace(trace), calls: { space, io, read } };
}

/** SQLite's index of the log is shared memory, which no call writes: it is not in the trace, and nothing may rest on it. */
export function isSharedMemory(path: string): boolean {
  return path.endsWith('-shm');
}

/**
 * What the trace fails to tell: where following it from the start does not lead to the tree that is under `root` now, byte
 * for byte. This is what holds the simulated medium to the real one.
 */
export function untold({ picture, inodes, steps }: Recorded, root: string): string[] {
  const medium = new Medium(picture, inodes);
  for (const step of steps) medium.apply(step);
  const known = (all: Picture) => new Map([...all].filter(([path]) => !isSharedMemory(path)));
  return differences(known(medium.live()), known(scan(root).picture));
}

/** What a power cut leaves of a tree: `/run` is memory, and SQLite's shared memory is nothing to rely on. */
export function afterPower(picture: Picture): Picture {
  const isGone = (path: string) => path === '/run' || path.startsWith('/run/');
  const rest = [...picture].filter(([path]) => !isGone(path));
  return new Map(
    rest.map(([path, entry]) => {
      if (entry.kind !== 'file' || !isSharedMemory(path)) return [path, entry];
      return [path, { ...entry, bytes: new Uint8Array(entry.bytes.length).fill(0xa5) }];
    }),
  );
}
