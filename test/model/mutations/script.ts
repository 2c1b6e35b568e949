/** The boot script with one rule left out. */
import type { ScriptRun } from '../../../bootloader/protocol/index.ts';
import { realSystem } from '../system.ts';
import { changed, exchanged, type Mutation } from './mutation.ts';

const { runScript } = realSystem;
type World = Parameters<typeof runScript>[1];

/** A run without its writes to the environment. */
function markOnly(run: ScriptRun): ScriptRun {
  return { ...run, writes: run.writes.filter(({ place }) => place === 'mark') };
}

/** The script on a medium on which one place reads as if nothing were there. */
const without = (place: 'good' | 'mark') =>
  changed({ runScript: (medium, world) => runScript({ ...medium, [place]: undefined }, world) });

export const scriptMutations: readonly Mutation[] = [
  {
    name: 'the boot script starts a trial without writing that down',
    of: 'boot script',
    system: changed({ runScript: (medium, world) => markOnly(runScript(medium, world)) }),
  },
  {
    name: 'the boot script starts a trial that it could not write down',
    of: 'boot script',
    system: changed({
      runScript: (medium, world) => {
        let isStuck = false;
        const saves: World['saves'] = (place) => {
          const isSaved = world.saves(place);
          isStuck ||= !isSaved;
          return isSaved || place !== 'mark';
        };
        const run = runScript(medium, { ...world, saves });
        return isStuck ? markOnly(run) : run;
      },
    }),
    faults: 1,
  },
  {
    name: 'the boot script writes the copy that it read',
    of: 'boot script',
    system: changed({
      runScript: (medium, world) => {
        const run = runScript(medium, world);
        return { ...run, writes: exchanged({ writes: run.writes, reboot: false }).writes };
      },
    }),
  },
  {
    name: 'the boot script does not look for the files of what it is to try',
    of: 'boot script',
    system: changed({ runScript: (medium, world) => runScript(medium, { ...world, has: () => true }) }),
    survives: 'what is armed is whole, as `complete` shows; the look is for files that somebody else takes away',
  },
  {
    name: 'the boot script does not know the record',
    of: 'boot script',
    system: without('good'),
    faults: 1,
  },
  {
    name: 'the boot script does not read its mark',
    of: 'boot script',
    system: without('mark'),
    slots: [1],
    faults: 1,
  },
  {
    name: 'the boot script goes to the rescue when the good set fails',
    of: 'boot script',
    system: changed({
      runScript: (medium, world) => {
        const run = runScript(medium, world);
        return run.starts.at(-1)?.rule === 'previous' ? { ...run, outcome: 'rescue' } : run;
      },
    }),
    faults: 1,
    isDeep: true,
  },
];
