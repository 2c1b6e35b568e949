/** Plans of durable writes with a write left out, in the wrong place, or with the wrong content. */
import { placeBytes, readVars, slotsOf, type Vars } from '../../../bootloader/protocol/index.ts';
import { withSlots } from '../../../bootloader/protocol/variables.ts';
import { realSystem } from '../system.ts';
import { changed, exchanged, habit, type Mutation, withoutPlace } from './mutation.ts';

const { adopt, cancel, confirm, repair, revert, stage } = realSystem;

/** A plan whose copies hold other variables. */
function withVars(plan: ReturnType<typeof stage>, change: (vars: Vars) => Vars): ReturnType<typeof stage> {
  const writes = plan.writes.map((write) => {
    if (write.place !== 'env-a' && write.place !== 'env-b') return write;
    return { ...write, bytes: placeBytes(change(readVars(write.bytes) ?? {})) };
  });
  return { ...plan, writes };
}

/** A plan without the second of its writes to the environment. */
function firstCopyOnly(plan: ReturnType<typeof stage>): ReturnType<typeof stage> {
  const copies = plan.writes.filter(({ place }) => place.startsWith('env-'));
  return { ...plan, writes: plan.writes.filter((write) => write !== copies[1]) };
}

export const planMutations: readonly Mutation[] = [
  {
    name: 'stage makes the tried set good at once',
    of: 'stage',
    system: changed({ stage: (medium, changes, options) => stage(medium, changes, { ...options, withoutTry: true }) }),
  },
  {
    name: 'stage leaves the mark of an earlier boot',
    of: 'stage',
    system: changed({ stage: (...all) => withoutPlace(stage(...all), 'mark') }),
    isDeep: true,
  },
  {
    name: 'stage gives all attempts with each arming',
    of: 'stage',
    system: changed({ stage: (medium, changes) => stage(medium, changes) }),
  },
  {
    name: 'stage forgets what another slot is to try',
    of: 'stage',
    system: changed({
      stage: (...all) =>
        withVars(stage(...all), (vars) => withSlots(vars, 'try', { kernel: slotsOf(vars, 'try').kernel ?? '' })),
    }),
    slots: [0, 1],
  },
  {
    name: 'stage writes the copy that is in use',
    of: 'stage',
    system: changed({ stage: (...all) => exchanged(stage(...all)) }),
    survives: 'a start-up has made both copies equal before anything can be staged, so the other one is as good',
  },
  {
    name: 'a kept set is left in one copy only, and no start-up mends it',
    of: 'stage without a trial',
    system: changed({
      stage: (...all) => (all[2]?.withoutTry === true ? firstCopyOnly(stage(...all)) : stage(...all)),
      repair: (...all) => withoutPlace(withoutPlace(repair(...all), 'env-a'), 'env-b'),
    }),
  },
  {
    name: 'a kept set is left, but not in the record, and no start-up mends it',
    of: 'stage without a trial',
    system: changed({
      stage: (...all) => (all[2]?.withoutTry === true ? withoutPlace(stage(...all), 'good') : stage(...all)),
      repair: (...all) => withoutPlace(repair(...all), 'good'),
    }),
  },
  {
    name: 'a kept set is left for a trial of the one before it',
    of: 'stage without a trial',
    system: changed({
      stage: (medium, changes, { attempts } = {}) => stage(medium, changes, attempts === undefined ? {} : { attempts }),
    }),
  },
  {
    name: 'confirm writes all places at once',
    of: 'confirm, adopt',
    system: habit({ waitsForDisk: false }),
  },
  {
    name: 'confirm forgets the record, and so does repair',
    of: 'confirm, adopt',
    system: changed({
      confirm: (...all) => withoutPlace(confirm(...all), 'good'),
      repair: (...all) => withoutPlace(repair(...all), 'good'),
    }),
  },
  {
    name: 'confirm keeps what the environment names, whatever ran',
    of: 'confirm, adopt',
    system: changed({
      confirm: (medium) => {
        const { good, trying } = realSystem.readBootState(medium);
        return confirm(medium, { ...good, ...trying });
      },
    }),
    survives: 'a verdict on a boot that is not what the environment names is never good: the judge looks first',
  },
  {
    name: 'confirm keeps nothing',
    of: 'confirm, adopt',
    system: changed({ confirm: (medium) => revert(medium) }),
  },
  {
    name: 'confirm writes the copy that is in use first',
    of: 'confirm, adopt',
    system: changed({ confirm: (...all) => exchanged(confirm(...all)) }),
  },
  {
    name: 'confirm leaves the older copy, and so does repair',
    of: 'confirm, adopt',
    system: changed({
      confirm: (...all) => firstCopyOnly(confirm(...all)),
      repair: (...all) => withoutPlace(withoutPlace(repair(...all), 'env-a'), 'env-b'),
    }),
  },
  {
    name: 'confirm names no previous set',
    of: 'confirm, adopt',
    system: changed({ confirm: (...all) => withVars(confirm(...all), (vars) => withSlots(vars, 'previous', {})) }),
  },
  {
    name: 'adopt keeps the set that failed as the previous one',
    of: 'confirm, adopt',
    system: changed({
      adopt: (medium, ran) => {
        const { good } = realSystem.readBootState(medium);
        return withVars(adopt(medium, ran), (vars) => withSlots(vars, 'previous', good));
      },
    }),
    faults: 1,
    isDeep: true,
  },
  {
    name: 'adopt leaves the record of the set that failed',
    of: 'confirm, adopt',
    system: changed({
      adopt: (...all) => withoutPlace(adopt(...all), 'good'),
      repair: (...all) => withoutPlace(repair(...all), 'good'),
    }),
    faults: 1,
  },
  {
    name: 'adopt leaves its mark',
    of: 'confirm, adopt',
    system: changed({
      adopt: (...all) => withoutPlace(adopt(...all), 'mark'),
      repair: (...all) => withoutPlace(repair(...all), 'mark'),
    }),
    faults: 1,
  },
  {
    name: 'revert leaves the names of what was tried',
    of: 'revert',
    system: changed({ revert: (medium) => repair(medium) }),
  },
  {
    name: 'revert leaves its mark, and so does repair',
    of: 'revert',
    system: changed({
      revert: (...all) => withoutPlace(revert(...all), 'mark'),
      repair: (...all) => withoutPlace(repair(...all), 'mark'),
    }),
  },
  {
    name: 'revert leaves the older copy, and so does repair',
    of: 'revert',
    system: changed({
      revert: (...all) => firstCopyOnly(revert(...all)),
      repair: (...all) => withoutPlace(withoutPlace(repair(...all), 'env-a'), 'env-b'),
    }),
  },
  {
    name: 'revert makes good what was tried',
    of: 'revert',
    system: changed({
      revert: (medium) => {
        const { good, trying } = realSystem.readBootState(medium);
        return withVars(revert(medium), (vars) => withSlots(vars, 'good', { ...good, ...trying }));
      },
    }),
  },
  {
    name: 'cancel leaves the older copy, and no start-up mends it',
    of: 'cancel',
    system: changed({ cancel: (medium) => ({ ...cancel(medium), writes: cancel(medium).writes.slice(0, 1) }) }),
  },
  {
    name: 'cancel leaves a bad record',
    of: 'cancel',
    system: changed({ cancel: (...all) => withoutPlace(cancel(...all), 'good') }),
    faults: 1,
    isDeep: true,
  },
  {
    name: 'repair does nothing',
    of: 'repair',
    system: changed({ repair: () => ({ writes: [], reboot: false }) }),
  },
  {
    name: 'repair writes the copy that is in use',
    of: 'repair',
    system: changed({ repair: (...all) => exchanged(repair(...all)) }),
  },
  {
    name: 'repair leaves a bad record',
    of: 'repair',
    system: changed({ repair: (...all) => withoutPlace(repair(...all), 'good') }),
    faults: 1,
  },
];
