import type { EntryType, Inode } from './inode.ts';

/** What the image says of an entry. */
export interface SquashfsStat {
  readonly type: EntryType;
  /** Permission bits with set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Modification time, seconds since 1970. */
  readonly mtimeSeconds: number;
  /** Number of the inode: the same for all hard links of a file. */
  readonly inode: number;
  readonly links: number;
  /** Bytes of a file's content or of a symlink's target; 0 for all else. */
  readonly size: number;
  /** Of a symlink. Bytes that are not UTF-8 show as U+FFFD. */
  readonly target?: string;
  /** Of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
}

/** The public form of an inode; `uid` and `gid` are already looked up. */
export function statOf(inode: Inode, uid: number, gid: number): SquashfsStat {
  const { type, mode, mtimeSeconds, number, links } = inode;
  const common = { type, mode, uid, gid, mtimeSeconds, inode: number, links, size: 0 };
  switch (inode.type) {
    case 'file':
      return { ...common, size: inode.size };
    case 'symlink':
      return { ...common, size: inode.target.byteLength, target: Buffer.from(inode.target).toString() };
    case 'block-device':
    case 'char-device':
      return { ...common, device: { major: inode.major, minor: inode.minor } };
    case 'directory':
    case 'fifo':
    case 'socket':
      return common;
  }
}
