/** A place in a table: a block's distance from the table's start, and a byte within its decompressed content. */
export interface Place {
  readonly block: number;
  readonly offset: number;
}

/** Where an inode is in the inode table; names it as surely as a path does, and needs no lookup. */
export type InodeReference = Place;

/** A place as images store it: 48 bits of block, 16 of offset. */
export function placeOf(word: number): Place {
  return { block: Math.floor(word / 65536), offset: word % 65536 };
}

/** The same as one number, for maps. */
export function keyOf({ block, offset }: Place): number {
  return block * 65536 + offset;
}
