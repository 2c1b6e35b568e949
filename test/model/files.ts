/** The files of a revision: the snap, the record of its digest, its assets, and assets that are being gathered. */
import { assetsOf, digestOf, fileCode, gatheringOf, type State, snapOf } from './state.ts';

export interface FileParts {
  readonly snap: number;
  readonly assets: number;
  readonly digest: number;
  readonly gathering: number;
}

export function partsOf(file: number): FileParts {
  return { snap: snapOf(file), assets: assetsOf(file), digest: digestOf(file), gathering: gatheringOf(file) };
}

export function setParts(d: State, index: number, change: Partial<FileParts>): void {
  const { snap, assets, digest, gathering } = { ...partsOf(d.files[index] ?? 0), ...change };
  d.files[index] = fileCode(snap, assets, digest, gathering);
}
