/** prepare-snap: what a local file, or a revision that is on the device, needs before it is mounted. */

import { join } from 'node:path';
import type { Handlers } from '../../engine/handler.ts';
import { SnapsError } from '../error.ts';
import { setupOfTask } from './about.ts';
import { blobFileOf } from './places.ts';
import type { LifeWorld } from './world.ts';

export function prepareHandlers({ disk, layout }: LifeWorld): Handlers {
  return {
    'prepare-snap': {
      inside: true,
      async do(context) {
        const { source, instance, side } = setupOfTask(context);
        if (source.kind === 'file') {
          const place = join(layout.snaps, blobFileOf({ instance, revision: side.revision }));
          // After a power cut it may have been moved already.
          if ((await disk.stat(source.path)) === undefined && (await disk.stat(place)) === undefined) {
            throw new SnapsError(
              'damaged',
              `cannot install "${instance}": what was uploaded is gone; install it again`,
            );
          }
        }
        if (source.kind === 'present' && source.unused !== undefined) {
          await context.announce({});
          await disk.remove(source.unused);
        }
        return { kind: 'done' };
      },
    },
  };
}
