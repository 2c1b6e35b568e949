/** Statements and values, as whoever works with the database writes them. */

export type SqlValue = string | number | bigint | null | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

/** Reading; rows in the shape that the caller names. Every statement is prepared once and kept. */
export interface Reader {
  /** The first row; undefined if there is none. */
  get<T = Row>(sql: string, ...values: readonly SqlValue[]): T | undefined;
  all<T = Row>(sql: string, ...values: readonly SqlValue[]): T[];
}

/** What a transaction is given. */
export interface Writer extends Reader {
  /** Runs one statement; how many rows it changed and the id of the last one inserted. */
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
}
