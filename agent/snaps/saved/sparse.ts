/** Where a file has content, found by reading it: what is zeros over whole blocks is left out of an archive. */
import type { FileHandle } from 'node:fs/promises';
import type { SparseMap } from './tar-header.ts';

/** Holes are found in multiples of this, bytes. */
const grain = 4096;
const pieceBytes = 256 * grain;
/** A file in more parts is archived whole. */
const maxSegments = 10_000;

/** `undefined` where the file has no holes that are worth it. @param size bytes of it that count */
export async function mapOf(file: FileHandle, size: number): Promise<SparseMap | undefined> {
  const { blocks } = await file.stat();
  if (blocks * 512 >= size || size < grain) return undefined;
  const segments: { offset: number; size: number }[] = [];
  const piece = Buffer.alloc(pieceBytes);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(pieceBytes, size - at), at);
    if (bytesRead === 0) break;
    for (let start = 0; start < bytesRead; start += grain) {
      const part = piece.subarray(start, Math.min(start + grain, bytesRead));
      if (isZero(part)) continue;
      const last = segments.at(-1);
      if (last !== undefined && last.offset + last.size === at + start) last.size += part.length;
      else segments.push({ offset: at + start, size: part.length });
    }
    if (segments.length > maxSegments) return undefined;
    at += bytesRead;
  }
  // A hole at the end is told by a part without content there, as tar does.
  const last = segments.at(-1);
  if (last === undefined || last.offset + last.size < size) segments.push({ offset: size, size: 0 });
  return { segments, size };
}

const zeros = Buffer.alloc(grain);

function isZero(part: Buffer): boolean {
  return part.equals(part.length === grain ? zeros : zeros.subarray(0, part.length));
}
