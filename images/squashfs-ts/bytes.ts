/** A view for reading little-endian numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A Buffer's bytes as a plain array: Buffer.slice() shares memory where Uint8Array.slice() copies. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A little-endian 64-bit number, or undefined where a JavaScript number cannot hold it exactly. */
export function safeUint64(view: DataView, offset: number): number | undefined {
  const value = view.getBigUint64(offset, true);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
}
