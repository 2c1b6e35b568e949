/** What the tasks of saved snapshots leave on the medium, for whoever reads a plan. */
import type { KindWords } from '../plan/describe-kinds.ts';

export const savedWords: Readonly<Record<string, KindWords>> = {
  'restore-snapshot': {
    writes: ({ snap }) => [`/var/snap/${snap}`, `~/snap/${snap}`, `configuration of ${snap}`],
    undo: () => 'data and configuration as they were',
  },
  'check-snapshot': { writes: () => [] },
  'forget-snapshot': { writes: () => ['/var/lib/snapd/snapshots'], undo: () => 'put back' },
  'cleanup-after-restore': { writes: () => ['what was there before is removed once the change is over'] },
};
