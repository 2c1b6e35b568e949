/** Whether the partition is there on which snaps keep what has to outlive a reset of the device. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { saveSpot } from './places.ts';

/** True where the save directory is a mount point: what is in it is on another file system. */
export async function hasMountedSave(root: string): Promise<boolean> {
  const { base } = saveSpot(root);
  try {
    const [inside, outside] = await Promise.all([stat(base), stat(dirname(base))]);
    return inside.dev !== outside.dev;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
