export { SquashfsError, type SquashfsErrorCode } from './error.ts';
export {
  type DirectoryEntry,
  type RangeOptions,
  SquashfsImage,
  type SquashfsTarget,
  type WalkEntry,
} from './image.ts';
export type { EntryType } from './inode.ts';
export type { InodeReference } from './place.ts';
export { bufferSource, fileSource, type SquashfsSource } from './source.ts';
export type { SquashfsStat } from './stat.ts';
export { type Compression, parseSuperblock, type Superblock } from './superblock.ts';
export type { Xattrs } from './xattr.ts';
