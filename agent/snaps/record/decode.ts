/** A record from its document. Fields that an older agent did not write get the value that means nothing was said. */
import { isInstalled, newRecord, placeOf, type SnapRecord } from './model.ts';

/** @throws Error where the document is none that any agent wrote */
export function decodeRecord(instance: string, text: string): SnapRecord {
  const refuse = (why: string): never => {
    throw new Error(`cannot read the record of snap "${instance}": ${why}`);
  };
  const value: unknown = JSON.parse(text);
  if (!isDocument(value)) return refuse('it has no type or no sequence');
  const record: SnapRecord = { ...newRecord(instance, value.type), ...value, instance };
  if (isInstalled(record) && placeOf(record, record.current) < 0) refuse('its current revision is not in its sequence');
  return record;
}

function isDocument(value: unknown): value is Pick<SnapRecord, 'type' | 'sequence'> {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('sequence' in value)) return false;
  return typeof value.type === 'string' && Array.isArray(value.sequence);
}
