/** The boot set's part in the tasks that all types of snaps have. */
import { fileNameOf } from '../file-name.ts';
import type { BootSetPort } from '../life/world.ts';
import { armTrial } from './arm.ts';
import { disarmTrial } from './disarm.ts';
import { mayBoot } from './may-boot.ts';
import { outcomeOfTrial } from './outcome.ts';
import { restartToGoBack } from './restart.ts';
import type { BootSetWorld } from './world.ts';

export function bootSetPort(world: BootSetWorld): BootSetPort {
  return {
    async uses({ instance, revision }) {
      const file = fileNameOf({ name: instance, revision });
      return Object.values(world.ran).includes(file) || (await mayBoot(world.env, file));
    },
    arm: (context) => armTrial(world, context),
    disarm: (context) => disarmTrial(world, context),
    outcome: (context, setup) => outcomeOfTrial(world, context, setup),
    relinked: (context, setup) => restartToGoBack(world, context, setup),
  };
}
