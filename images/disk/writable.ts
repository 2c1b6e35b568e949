import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSnaps } from './blobs.ts';
import type { Ext4Entry } from './ext4.ts';

const SNAPS = 'system-data/var/lib/snapd/snaps';
const DIGESTS = 'system-data/var/lib/holdfast/digests';

function directories(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    parts.forEach((_, index) => {
      found.add(parts.slice(0, index + 1).join('/'));
    });
  }
  return [...found].sort();
}

/**
 * What the writable partition of a fresh image holds: the snaps, a record of size and digest for each, and the link that says
 * which revision of the agent runs. Everything else appears at first boot.
 * @param scratch directory for files that have to be made
 */
export async function writableEntries(scratch: string, snaps: DiskSnaps): Promise<Ext4Entry[]> {
  const blobs = Object.values(snaps).sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  const agent = `system-data/snap/${snaps.agent.name}`;
  const revision = snaps.agent.fileName.slice(snaps.agent.name.length + 1, -'.snap'.length);
  await mkdir(join(scratch, 'digests'), { recursive: true });
  for (const { fileName, size, sha256 } of blobs)
    await writeFile(join(scratch, 'digests', fileName), `${size} ${sha256}\n`);
  return [
    ...directories([SNAPS, DIGESTS, agent, 'user-data']).map((path): Ext4Entry => ({ kind: 'directory', path })),
    ...blobs.map((blob): Ext4Entry => ({ kind: 'file', path: `${SNAPS}/${blob.fileName}`, from: blob.path })),
    ...blobs.map((blob): Ext4Entry => {
      return { kind: 'file', path: `${DIGESTS}/${blob.fileName}`, from: join(scratch, 'digests', blob.fileName) };
    }),
    { kind: 'symlink', path: `${agent}/current`, target: revision },
  ];
}
