/** Opens snap files. What reads YAML is loaded on the first snap, as most starts of the agent read none. */

import { fileSource, SquashfsError, SquashfsImage } from 'squashfs-ts';
import { parse } from 'yaml';
import { SnapsError } from './error.ts';

export interface SnapSummary {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly architectures: readonly string[];
}

export interface OpenSnap {
  readonly info: SnapSummary;
  readonly image: SquashfsImage;
}

/** Long enough for any snap.yaml; snapd's own are a few kilobytes. */
const maxYamlBytes = 1 << 20;

/**
 * Opens a snap file; the caller closes its image. `title` is what messages call it.
 * @throws SnapsError `not-a-snap`
 */
export async function openSnap(path: string, title: string): Promise<OpenSnap> {
  let image: SquashfsImage | undefined;
  try {
    image = await SquashfsImage.open(await fileSource(path));
    const yaml = new TextDecoder().decode(await image.readFile('meta/snap.yaml', { maxBytes: maxYamlBytes }));
    const value = parse(yaml, { maxAliasCount: 100 });
    return {
      info: {
        name: value.name,
        version: String(value.version),
        type: value.type ?? 'app',
        architectures: value.architectures ?? ['all'],
      },
      image,
    };
  } catch (error) {
    await image?.close();
    throw new SnapsError('not-a-snap', `cannot install ${title}: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  if (error instanceof SquashfsError && error.code === 'truncated') return 'the file is cut short';
  if (error instanceof SquashfsError && error.code === 'not-squashfs') return 'it is not a snap file';
  return error instanceof Error ? error.message : String(error);
}
