/** Size of the superblock: the first bytes of every image. */
export const SUPERBLOCK_BYTES = 96;

/** Decompressed size of a metadata block; only the last one of a table may be shorter. */
export const METADATA_BYTES = 8192;

/** Smallest and largest data block the format allows. */
export const MIN_BLOCK_BYTES = 4096;
export const MAX_BLOCK_BYTES = 1024 * 1024;

/** Longest name of a directory entry (the kernel's SQUASHFS_NAME_LEN). */
export const MAX_NAME_BYTES = 256;

/** Entries that one directory header may announce. */
export const MAX_RUN_ENTRIES = 256;

/** Longest symlink target: Linux cannot use a longer one (PATH_MAX with its NUL). */
export const MAX_TARGET_BYTES = 4095;

/** Symlinks followed for one path, as Linux does. */
export const MAX_SYMLINKS = 40;

/** Entries read from one directory; far above real trees, low enough that a forged size cannot keep us busy. */
export const MAX_DIRECTORY_ENTRIES = 262_144;

/** Entries looked at for one path, over all its components: forged directories cannot make a lookup take minutes. */
export const MAX_LOOKUP_ENTRIES = 1_048_576;

/** Nesting below which `walk` does not go: deeper trees cannot be addressed with Linux paths of sane names anyway. */
export const MAX_DEPTH = 256;

/** Entries that one `walk` reports unless the caller asks for another number. */
export const MAX_WALK_ENTRIES = 1_048_576;

/** Largest file that `readFile` returns unless the caller asks for another number. */
export const DEFAULT_MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Metadata blocks kept decompressed: 32 x 8 KiB = 256 KiB. */
export const CACHED_METADATA_BLOCKS = 32;

/** Fragment blocks kept decompressed, each of at most one data block: at most 2 MiB. */
export const CACHED_FRAGMENT_BLOCKS = 2;

/** Bytes of one directory's listing; with the names as strings, `list` stays below 64 MiB. */
export const MAX_LISTING_BYTES = 8 * 1024 * 1024;

/** Longest name of an extended attribute behind its prefix, and longest value, as Linux has them. */
export const MAX_XATTR_NAME_BYTES = 255;
export const MAX_XATTR_VALUE_BYTES = 65_536;

/** Extended attributes of one entry, and bytes of all their names and values. */
export const MAX_XATTRS = 4096;
export const MAX_XATTRS_BYTES = 1024 * 1024;

/** Data blocks kept decompressed for `read`, which may come back to the same block: at most 2 MiB. */
export const CACHED_DATA_BLOCKS = 2;

/** Places in the block lists of files that `read` remembers: for so many files, in each at most so many, this far apart. */
export const REMEMBERED_FILES = 16;
export const REMEMBERED_PLACES = 1024;
export const BLOCKS_BETWEEN_PLACES = 1024;
