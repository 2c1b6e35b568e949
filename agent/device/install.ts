/** Plans the installation of a file that was received: checks it against this device and gives it a revision. */

import { keepRevisions, readBootState } from '../../bootloader/protocol/index.ts';
import type { ChangePlan } from '../engine/plan.ts';
import { checkSnap } from '../snaps/check.ts';
import { SnapsError } from '../snaps/error.ts';
import { fileNameOf } from '../snaps/file-name.ts';
import { installTasks } from '../snaps/install.ts';
import { changeDataOf } from '../snaps/install-data.ts';
import type { Parts } from './parts.ts';
import type { Upload } from './upload.ts';

/**
 * Says what installing `upload` takes. Changes nothing.
 * @throws SnapsError where it does not fit this device
 */
export async function planInstall(parts: Parts, upload: Upload, title: string): Promise<ChangePlan> {
  const { disk, layout, architecture } = parts.world;
  const medium = await parts.env.read();
  const state = readBootState(medium);
  if (state.source === 'none') {
    throw new SnapsError('no-boot-set', 'cannot install a snap: no readable boot environment names the good boot set');
  }
  const bootFree = await disk.free(layout.bootPartition);
  const { info, slot } = await checkSnap(upload.path, title, {
    architecture,
    good: state.good,
    abilities: parts.facts.booted.abilities,
    bootFree,
  });
  const named = [
    ...keepRevisions(medium),
    ...(await disk.list(layout.snaps)),
    ...(await disk.list(layout.bootPartition)),
  ];
  const { name, version, type } = info;
  const revision = parts.inventory.nextRevision(name, named);
  const install = { slot, file: fileNameOf({ name, revision }), name, revision, version, type, upload: upload.path };
  return {
    kind: 'install-snap',
    summary: `Install "${name}" snap from file "${title}"`,
    data: changeDataOf({ ...install, size: upload.size, sha256: upload.sha256 }),
    tasks: installTasks(install),
  };
}
