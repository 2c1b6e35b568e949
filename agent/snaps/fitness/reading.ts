/** Reading much without being in anybody's way: piece by piece, ending as soon as the device has something better to do. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Disk, StreamResult } from '../../system/disk.ts';
import { Hasher } from '../../system/hashing.ts';

/** The reading was given up because the device has something better to do. */
export class Disturbed extends Error {
  override readonly name = 'Disturbed';

  constructor() {
    super('cannot check the boot sets: a change or a trial is under way');
  }
}

/** Called between pieces: lets others have their turn. @throws Disturbed */
export type Pause = () => Promise<void>;

/** A pause that ends the reading once `isDisturbed`. */
export function pauseUnless(isDisturbed: () => boolean): Pause {
  return async () => {
    await turn();
    if (isDisturbed()) throw new Disturbed();
  };
}

/** The pieces of `source`, with a pause before each. */
export async function* calmly(source: AsyncIterable<Uint8Array>, pause: Pause): AsyncGenerator<Uint8Array> {
  await pause();
  for await (const piece of source) {
    yield piece;
    await pause();
  }
}

/** Size and SHA-256 of what `source` gives. */
export async function digestOf(source: AsyncIterable<Uint8Array>, pause: Pause): Promise<StreamResult> {
  const hasher = new Hasher();
  let size = 0;
  for await (const piece of calmly(source, pause)) {
    await hasher.update(piece);
    size += piece.length;
  }
  return { size, sha256: await hasher.digest() };
}

/** The snap at `path`, read through the port; the caller closes it. @throws SquashfsError */
export async function openImage(disk: Disk, path: string, size: number) {
  const { SquashfsImage } = await import('squashfs-ts');
  return SquashfsImage.open({ size, read: (offset, length) => disk.readRange(path, offset, length) });
}
