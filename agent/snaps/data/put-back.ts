/** Puts back what made way. */
import type { Spot } from '../../system/tree/spot.ts';
import type { Trees } from '../../system/tree/trees.ts';
import { unfinishedName } from '../../system/tree/work.ts';

export interface Displaced {
  /** What it was called, and is to be again. */
  readonly name: string;
  /** What it is called now, if it is not back already. */
  readonly trash: string;
  readonly identity: string;
}

/** Whatever has its name meanwhile goes, but only once it is sure that the original is there. */
export async function putBack(trees: Trees, spot: Spot, { name, trash, identity }: Displaced): Promise<void> {
  // A name that says that it is incomplete, as its removal may be cut short.
  const unfinished = unfinishedName(name);
  if ((await trees.look(spot, trash))?.identity === identity) {
    if ((await trees.look(spot, name)) !== undefined) {
      await trees.remove(spot, unfinished);
      await trees.rename(spot, name, unfinished);
    }
    await trees.rename(spot, trash, name);
  }
  if ((await trees.look(spot, unfinished)) !== undefined) await trees.remove(spot, unfinished);
}
