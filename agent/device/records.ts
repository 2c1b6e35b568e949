/**
 * Records of snaps that have none: on the first boot of an image, and where the database was lost.
 * What is there is the truth: the files, the links that say which revision runs, and what boots.
 */
import { join } from 'node:path';
import { SLOTS } from '../../bootloader/protocol/index.ts';
import { parseFileName } from '../snaps/file-name.ts';
import { type FoundSnap, recordsFromFiles } from '../snaps/record/from-files.ts';
import type { Parts } from './parts.ts';

/** Without it nothing of this would be done any more. */
const agentSnap = 'holdfast';

/** @throws DatabaseError where what was found cannot be written down */
export async function takeRecords(parts: Parts): Promise<void> {
  const { changes, inventory, snapRecords, env, facts } = parts;
  // What a change is about is that change's to record.
  const busy = changes.open().flatMap(({ tasks }) => tasks.flatMap(({ data }) => data['snap'] ?? []));
  const known = new Set([...snapRecords.all().map(({ instance }) => instance), ...busy.map(String)]);
  const { good, source } = await env.state();
  const boots = source === 'none' ? facts.booted.ran : good;
  const booted = new Map(
    SLOTS.flatMap((slot): [string, string][] => {
      const snap = parseFileName(boots[slot] ?? '');
      return snap === undefined ? [] : [[snap.name, snap.revision]];
    }),
  );
  const found: FoundSnap[] = [];
  for (const { name, revision, time } of inventory.list().filter((file) => !known.has(file.name))) {
    const info = await parts.snapInfos.read(name, revision);
    if (info === undefined) continue;
    const { type, version, base, epoch } = info;
    found.push({
      ...{ instance: name, revision, type, version, epoch, time },
      ...(base === undefined ? {} : { base }),
    });
    const linked = await linkedRevision(parts, name);
    if (linked !== undefined && !booted.has(name)) booted.set(name, linked);
  }
  for (const record of recordsFromFiles(found, known, booted)) {
    const isAgent = record.instance === agentSnap;
    snapRecords.put(isAgent ? { ...record, flags: { ...record.flags, required: true } } : record);
  }
}

/** The revision that runs, by the link that programs follow; `undefined` where there is none. */
async function linkedRevision({ world: { disk, layout } }: Parts, instance: string): Promise<string | undefined> {
  const path = join(layout.currentLinks, instance, 'current');
  return (await disk.stat(path))?.kind === 'symlink' ? disk.readLink(path) : undefined;
}
