/** The trace of a recording: what was done to files, in order. The format is native/recorder.c's; paths begin at its root. */

export type Step =
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'create' | 'mkdir'; readonly path: string; readonly inode: number; readonly mode: number }
  | { readonly kind: 'write'; readonly inode: number; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly size: number }
  | { readonly kind: 'mode'; readonly inode: number; readonly mode: number }
  | { readonly kind: 'sync'; readonly inode: number }
  | { readonly kind: 'sync-all' }
  | { readonly kind: 'symlink'; readonly path: string; readonly inode: number; readonly target: string }
  | { readonly kind: 'link' | 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink' | 'rmdir'; readonly path: string };

const HEAD_BYTES = 32;

/** @throws Error for bytes that are no trace, or a call that a trace cannot tell */
export function parseTrace(bytes: Buffer): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < bytes.length; ) {
    const pathSize = bytes.readUInt32LE(at + 24);
    const dataSize = bytes.readUInt32LE(at + 28);
    const end = at + HEAD_BYTES + pathSize + dataSize;
    const path = bytes.toString('utf8', at + HEAD_BYTES, at + HEAD_BYTES + pathSize);
    // A copy, so that one small write does not keep the whole trace in memory.
    const data = Uint8Array.from(bytes.subarray(end - dataSize, end));
    steps.push(
      stepOf(bytes.readUInt32LE(at), {
        mode: bytes.readUInt32LE(at + 4),
        inode: Number(bytes.readBigUInt64LE(at + 8)),
        offset: Number(bytes.readBigInt64LE(at + 16)),
        path,
        data,
      }),
    );
    at = end;
  }
  return steps;
}

interface Fields {
  readonly mode: number;
  readonly inode: number;
  readonly offset: number;
  readonly path: string;
  readonly data: Uint8Array;
}

function stepOf(kind: number, { mode, inode, offset, path, data }: Fields): Step {
  const text = () => Buffer.from(data).toString();
  switch (kind) {
    case 1:
      return { kind: 'mark', text: text() };
    case 2:
      return { kind: 'create', path, inode, mode };
    case 3:
      return { kind: 'write', inode, offset, data };
    case 4:
      return { kind: 'truncate', inode, size: offset };
    case 5:
      return { kind: 'mode', inode, mode };
    case 6:
      return { kind: 'sync', inode };
    case 7:
      return { kind: 'mkdir', path, inode, mode };
    case 8:
      return { kind: 'symlink', path, inode, target: text() };
    case 9:
      return { kind: 'link', from: path, to: text() };
    case 10:
      return { kind: 'rename', from: path, to: text() };
    case 11:
      return { kind: 'unlink', path };
    case 12:
      return { kind: 'rmdir', path };
    case 14:
      return { kind: 'sync-all' };
    default:
      throw new Error(`cannot tell what the call on ${path || `inode ${inode}`} did (kind ${kind})`);
  }
}
