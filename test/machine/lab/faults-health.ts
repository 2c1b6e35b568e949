/** Kernels that boot, and that a check finds fault with. */
import { type Fault, script, type Tried } from './fault.ts';

const REQUIRED = 'health.d/required';

/** A kernel with a required command of its own. */
function commandFault(name: string, title: string, lines: readonly string[], told: RegExp, seen: RegExp): Fault {
  return {
    name: `kernel-command-${name}`,
    slot: 'kernel',
    title,
    changes: [script(`${REQUIRED}/fault`, `echo "fault: this command ${name}" > /dev/console`, ...lines)],
    evidence: new RegExp(`fault: this command ${name}`),
    watchdog: false,
    cause: 'verdict',
    message: told,
    seen,
  };
}

export const HEALTH_FAULTS: readonly Fault[] = [
  {
    name: 'kernel-no-link',
    slot: 'kernel',
    title: 'a kernel without the driver of the network card',
    changes: [{ kind: 'remove', path: 'modules/*/kernel/drivers/net/virtio_net.ko' }],
    // That there is no driver is nothing that anybody says on the console: what the agent saw is looked at below.
    evidence: /kernel=virt-kernel_x\d+\.snap/,
    watchdog: false,
    cause: 'verdict',
    message: /no link has an address \(1 had one before\), .*/,
    seen: /before: enp0s6 10\.0\.2\.15; now: none/,
  },
  commandFault(
    'fails',
    'a kernel with a required command that fails',
    ['echo "the sensor does not answer"', 'exit 4'],
    /virt-kernel\/fault exited with status 4, .*/,
    /the sensor does not answer/,
  ),
  commandFault(
    'hangs',
    'a kernel with a required command that never ends',
    ['echo "asking the sensor"', 'sleep 86400'],
    /virt-kernel\/fault ran longer than 30 s and was killed, .*/,
    /asking the sensor/,
  ),
  commandFault(
    'floods',
    'a kernel with a required command that prints without end',
    ['exec yes "the sensor says"'],
    /virt-kernel\/fault printed more than 16384 bytes and was killed, .*/,
    /the sensor says/,
  ),
];

/** Kept, and what it lacks is written down. */
export const WANTED: Tried = {
  name: 'kernel-wanted-fails',
  slot: 'kernel',
  title: 'a kernel with a wanted command that fails',
  changes: [script('health.d/wanted/fault', 'echo "fault: this is only wanted" | tee /dev/console', 'exit 5')],
};
