/** A change of a record, with what takes it back: plain data that a task keeps until its change is over. Pure. */
import type { SnapRecord } from './model.ts';

/** The values that a step replaced. It survives a round trip through JSON. */
export interface Inverse {
  readonly set: Partial<SnapRecord>;
  /** Fields that were missing before. */
  readonly unset: readonly string[];
}

export interface Step {
  readonly record: SnapRecord;
  readonly inverse: Inverse;
}

/** New values of a record's fields; `undefined` takes an optional one away. */
export type Fields = { readonly [K in keyof SnapRecord]?: SnapRecord[K] | undefined };

export function changed(record: SnapRecord, fields: Fields): Step {
  const keys = Object.keys(fields);
  const unset = keys.filter((key) => !(key in record));
  const set = Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));
  return { record: applied(record, fields), inverse: { set, unset } };
}

/** Takes a step back; what other steps changed since then stays. */
export function reversed(record: SnapRecord, { set, unset }: Inverse): SnapRecord {
  const gone = unset.map((key) => [key, undefined] as const);
  return applied(record, { ...Object.fromEntries(gone), ...set });
}

function applied(record: SnapRecord, fields: Fields): SnapRecord {
  const entries = Object.entries({ ...record, ...fields }).filter(([, value]) => value !== undefined);
  // Only optional fields may be undefined in Fields that the functions of this folder build.
  return Object.fromEntries(entries) as unknown as SnapRecord;
}
