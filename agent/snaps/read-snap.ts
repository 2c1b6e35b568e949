/** Opens snap files. What reads them is loaded with the first one, as most starts of the agent read none. */
import type { SnapFile } from '../../images/snap/index.ts';
import { SnapsError } from './error.ts';

/**
 * Opens a snap file and reads its metadata; the caller closes it. `title` is what messages call it.
 * @throws SnapsError `not-a-snap`
 */
export async function openSnap(path: string, title: string): Promise<SnapFile> {
  const { openSnapFile } = await import('../../images/snap/index.ts');
  return openSnapFile(path).catch((error: unknown) => {
    throw notASnap(error, title);
  });
}

/** An error of whoever reads snaps, in the words of whoever wanted to install one. */
export function notASnap(error: unknown, title: string): SnapsError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason =
    code === 'not-a-snap'
      ? 'it is not a snap'
      : code === 'truncated'
        ? 'the file is cut short'
        : error instanceof Error
          ? error.message
          : String(error);
  return new SnapsError('not-a-snap', `cannot install ${title}: ${reason}`, { cause: error });
}
