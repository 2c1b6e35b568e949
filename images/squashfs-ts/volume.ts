import { Metadata } from './metadata.ts';
import type { SquashfsSource } from './source.ts';
import { Storage } from './storage.ts';
import type { Superblock } from './superblock.ts';

/** An opened image as the readers of its tables see it. */
export interface Volume {
  readonly storage: Storage;
  readonly metadata: Metadata;
}

/** Throws `unsupported-compression`. */
export function volumeOf(source: SquashfsSource, superblock: Superblock): Volume {
  const storage = new Storage(source, superblock);
  return { storage, metadata: new Metadata(storage) };
}
