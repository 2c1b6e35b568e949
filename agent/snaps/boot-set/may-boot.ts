/** What must not be taken away, as the device may boot it. */
import { keepRevisions, mayCollect } from '../../../bootloader/protocol/index.ts';
import type { BootEnv } from '../../boot/bootenv.ts';

/** True also where no copy of the environment can be read: what it names is not known then. */
export async function mayBoot(env: BootEnv, file: string): Promise<boolean> {
  const medium = await env.read();
  return !mayCollect(medium) || keepRevisions(medium).has(file);
}
