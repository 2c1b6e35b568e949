/**
 * The disk port: every durable write of a file goes through it. Whatever a method promises is on the medium when its
 * promise resolves, and a power cut during it leaves the old state or the new one, save where its comment says otherwise.
 *
 * Paths are absolute. Errors are DiskErrors. Every write is announced to a witness (durable.ts).
 */
import { basename, dirname, join } from 'node:path';

export interface DiskStat {
  readonly kind: 'file' | 'directory' | 'symlink' | 'device' | 'other';
  /** Bytes; 0 for devices. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface StreamResult {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface ReplaceOptions {
  /** Permission bits, whatever the umask; 0o644 by default. */
  readonly mode?: number;
  /** Reads the bytes back from the medium before the name points at them; `read-back` if they differ. */
  readonly verify?: boolean;
}

export interface StreamOptions {
  /** More than this many bytes is `too-large`. */
  readonly maxBytes: number;
  /** What the source must amount to; `mismatch` if it does not. */
  readonly expected?: Partial<StreamResult>;
  readonly mode?: number;
  /** Hashes what the medium gives back before the name points at it; on unless set to false. */
  readonly verify?: boolean;
}

export interface Disk {
  /** Gives `path` new content in one step. The directory must exist; a symlink at `path` is replaced, not followed. */
  replace(path: string, bytes: Uint8Array, options?: ReplaceOptions): Promise<void>;

  /** Makes `path` a symlink to `target`, in one step if it is one already. */
  swapSymlink(target: string, path: string): Promise<void>;

  /**
   * Overwrites a region of an existing file or block device in place (symlinks are followed), then reads it back from the
   * medium. Never changes the size. A power cut during it can leave the region torn: keep another copy.
   */
  rewrite(path: string, bytes: Uint8Array, options?: { readonly offset?: number }): Promise<void>;

  /** Creates a directory and the missing ones above it, one durable write each. An existing directory is left as it is. */
  mkdir(path: string, options?: { readonly mode?: number }): Promise<void>;

  /** Renames within a file system, replacing a file (or empty directory) at `to`. */
  rename(from: string, to: string): Promise<void>;

  /** Removes a file, a symlink or a whole directory; nothing there is no error. A directory vanishes in one step. */
  remove(path: string): Promise<void>;

  /** Writes a stream to `path` in one step. What the source throws passes through, and nothing is left. */
  writeStream(path: string, source: AsyncIterable<Uint8Array>, options: StreamOptions): Promise<StreamResult>;

  /** The content of a file (symlinks are followed); `too-large` beyond `maxBytes`. */
  readFile(path: string, options: { readonly maxBytes: number }): Promise<Uint8Array>;

  /** `length` bytes of a file or device from `offset`; fewer where it ends. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array>;

  /**
   * The whole content of a file (symlinks are followed), piece by piece and as the medium has it: what memory remembers of it
   * is forgotten first, and again afterwards. A piece is there until the next one is asked for: whoever wants to keep it copies it.
   */
  readStream(path: string): AsyncIterable<Uint8Array>;

  /** What a symlink points at, as it is written there. */
  readLink(path: string): Promise<string>;

  /** The names in a directory, sorted; temporary ones are not shown. */
  list(path: string): Promise<string[]>;

  /** What is at `path` itself (symlinks are not followed); undefined if nothing is. */
  stat(path: string): Promise<DiskStat | undefined>;

  /** Bytes that can still be written to the file system of `path`. */
  free(path: string): Promise<number>;

  /** Removes from a directory what writes cut short have left there; their names. Run at start-up, before any write. */
  sweep(path: string): Promise<string[]>;
}

export const DEFAULT_FILE_MODE = 0o644;
export const DEFAULT_DIRECTORY_MODE = 0o755;

const SUFFIX = '.holdfast~';

/**
 * The name that a write uses until it is done. The same name each time, so that a repeated write takes over what a cut one
 * has left instead of adding to it.
 */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}${SUFFIX}`);
}

export function isTemporary(name: string): boolean {
  return name.startsWith('.') && name.endsWith(SUFFIX);
}
