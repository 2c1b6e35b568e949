/** For tests: the tasks about a snap's data, and some that others own in the simplest form. */
import type { Handlers } from '../../engine/handler.ts';
import type { WriteWitness } from '../../system/durable.ts';
import { treeCalls } from '../../system/tree/calls.ts';
import { localTrees } from '../../system/tree/fixture-trees.ts';
import { dataHandlers } from '../data/handlers.ts';
import type { LifeWorld } from './world.ts';

export function otherHandlers({ layout, records }: LifeWorld, witness: WriteWitness): Handlers {
  const trees = localTrees(treeCalls(), witness);
  return {
    ...dataHandlers({ root: layout.root, trees, records, hasSave: async () => false }),
    'save-snapshot': { do: async () => ({ kind: 'done' }) },
    fail: {
      do: async () => {
        throw new Error('it fails here');
      },
    },
  };
}
