/** The checks of a policy, ready to be run. */
import { baselineCheck } from './check-baseline.ts';
import { clockCheck } from './check-clock.ts';
import { commandCheck } from './check-command.ts';
import { durableWriteCheck } from './check-durable-write.ts';
import { linkCheck } from './check-link.ts';
import { networkCheck } from './check-network.ts';
import { servicesCheck } from './check-services.ts';
import { storeCheck } from './check-store.ts';
import { targetCheck } from './check-target.ts';
import { crashLoopRestarts } from './defaults.ts';
import type { Baseline, Check, CheckPolicy, HealthPolicy } from './model.ts';
import type { CheckWorld } from './ports.ts';

/**
 * One check for each that the policy names (`withCommands` adds the commands of snaps to it).
 * @param baseline how the device was before the trial; without it what compares with it has nothing to find fault with
 */
export function checksOf(policy: HealthPolicy, world: CheckWorld, baseline: Baseline | undefined): Check[] {
  return policy.checks.flatMap((check) => make(check, policy, world, baseline) ?? []);
}

function make(
  { id, kind }: CheckPolicy,
  policy: HealthPolicy,
  world: CheckWorld,
  baseline: Baseline | undefined,
): Check | undefined {
  switch (kind) {
    case 'target':
      return targetCheck(world, policy.target);
    case 'baseline':
      return baselineCheck(world, baseline, crashLoopRestarts);
    case 'services':
      return servicesCheck(world, baseline, crashLoopRestarts);
    case 'durable-write':
      return durableWriteCheck(world);
    case 'link':
      return linkCheck(world, baseline);
    case 'clock':
      return clockCheck(world, baseline);
    case 'network':
      return networkCheck(world, policy.storeUrl);
    case 'store':
      return storeCheck(world, policy.storeUrl);
    case 'command': {
      const command = world.commands.find((other) => other.id === id);
      return command === undefined ? undefined : commandCheck(world, command, policy.commandLimits);
    }
  }
}
