/** Has the records name what boots, where nothing is under way that would do so. */
import { isEmpty, type SlotNames } from '../../bootloader/protocol/index.ts';
import type { Change } from '../engine/model.ts';
import { parseFileName } from '../snaps/file-name.ts';
import { placeOf } from '../snaps/record/model.ts';
import { planBootRevisions } from './boot-revisions.ts';
import type { Parts } from './parts.ts';
import { viewOf } from './view.ts';

/**
 * Starts the change that it takes; `undefined` where it takes none.
 * @throws SnapsError `not-installed` where nothing is known of what boots; DatabaseError
 */
export async function followBoot(parts: Parts): Promise<Change | undefined> {
  const { mode, good } = await parts.env.state();
  if (parts.changes.open().length > 0 || mode !== '' || isEmpty(good)) return undefined;
  takeRevisions(parts, good);
  const instances = Object.values(good).flatMap((file) => parseFileName(file)?.name ?? []);
  const plan = planBootRevisions(await viewOf(parts, { facts: instances, running: [] }), good);
  return plan === undefined ? undefined : parts.runner.start(plan);
}

/** What boots was installed, whatever its record knows of that. */
function takeRevisions({ inventory, snapRecords }: Parts, good: SlotNames): void {
  const files = new Set(inventory.list().map(({ file }) => file));
  for (const file of Object.values(good)) {
    const snap = parseFileName(file);
    const record = snap === undefined ? undefined : snapRecords.get(snap.name);
    if (snap === undefined || record === undefined || !files.has(file) || placeOf(record, snap.revision) >= 0) continue;
    const name = record.sequence[0]?.name ?? snap.name;
    snapRecords.put({ ...record, sequence: [...record.sequence, { name, snapId: '', revision: snap.revision }] });
  }
}
