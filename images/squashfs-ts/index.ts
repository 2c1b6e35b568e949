export { SquashfsError, type SquashfsErrorCode } from './error.ts';
export { type DirectoryEntry, SquashfsImage, type WalkEntry } from './image.ts';
export type { EntryType } from './inode.ts';
export { bufferSource, fileSource, type SquashfsSource } from './source.ts';
export type { SquashfsStat } from './stat.ts';
export { type Compression, parseSuperblock, type Superblock } from './superblock.ts';
