/** The folders in which snaps have their files, as every start-up of the agent finds or makes them. */
import { type Files, pathOn } from './entries.ts';
import { sharedFolders } from './places.ts';

/** Folders of all snaps with a folder of each snap below. */
const foldersOfSnaps: readonly string[] = ['/snap', '/var/snap'];

/** Makes those that all snaps share, and removes what writes cut short have left there. @throws DiskError */
export async function prepareFolders(files: Files): Promise<void> {
  const { disk } = files;
  for (const folder of sharedFolders) {
    await disk.mkdir(pathOn(files, folder));
    await disk.sweep(pathOn(files, folder));
  }
  for (const folder of foldersOfSnaps) {
    for (const name of await disk.list(pathOn(files, folder))) {
      const path = pathOn(files, `${folder}/${name}`);
      if ((await disk.stat(path))?.kind === 'directory') await disk.sweep(path);
    }
  }
}
