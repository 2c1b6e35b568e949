/** Tells commits among what SQLite writes into its write-ahead log (sqlite.org/fileformat2.html, "WAL File Format"). */

const FRAME_HEADER_BYTES = 24;

/**
 * True for the header of a frame that ends a transaction: it has the size of the database after the commit, others have 0. SQLite
 * writes headers and pages one by one.
 */
export function isCommit(written: Uint8Array): boolean {
  if (written.length !== FRAME_HEADER_BYTES) return false;
  return new DataView(written.buffer, written.byteOffset).getUint32(4) !== 0;
}
