/** Bases that do not come as far as a verdict of their agent, or come to a bad one. */
import { type Fault, PANIC, script, unit } from './fault.ts';
import { LOOPING, STEADY } from './services.ts';

export const BASE_FAULTS: readonly Fault[] = [
  {
    name: 'base-stuck',
    slot: 'base',
    title: 'a base whose systemd never reaches its target',
    changes: unit('fault-stuck.service', [
      '[Unit]\nDescription=A service that never ends starting\nDefaultDependencies=no\nBefore=multi-user.target',
      '[Service]\nType=oneshot\nTimeoutStartSec=infinity\nStandardOutput=tty\nTTYPath=/dev/console',
      "ExecStart=/bin/sh -c 'echo fault: the target waits for this; sleep 86400'",
    ]),
    evidence: /fault: the target waits for this/,
    watchdog: false,
    cause: 'verdict',
    message: /.*default\.target.*fault-stuck\.service.*/,
  },
  {
    name: 'base-no-daemon',
    slot: 'base',
    title: 'a base whose daemon does not start',
    changes: [{ kind: 'symlink', path: 'usr/lib/systemd/system/holdfast.service', target: '/dev/null' }],
    evidence: /holdfast-deadman: deadline passed without a verdict/,
    watchdog: false,
    cause: 'deadline',
    message: /the deadline passed without a verdict: .*/,
  },
  {
    name: 'base-daemon-dies',
    slot: 'base',
    title: 'a base that kills its daemon, and never starts it again',
    changes: unit('fault-killer.service', [
      '[Unit]\nDescription=Ends the agent once it judges\nAfter=holdfast.service',
      '[Service]\nType=oneshot\nStandardOutput=tty\nTTYPath=/dev/console',
      'ExecStart=/bin/systemctl mask --runtime holdfast.service',
      'ExecStart=/bin/systemctl kill --signal=KILL holdfast.service',
      'ExecStart=/bin/echo fault: the agent is dead',
    ]),
    evidence: /fault: the agent is dead[\s\S]*holdfast-deadman: deadline passed without a verdict/,
    watchdog: false,
    cause: 'deadline',
    message: /the deadline passed without a verdict: .*/,
  },
  {
    name: 'base-pid1-dies',
    slot: 'base',
    title: 'a base whose PID 1 dies',
    changes: [script('usr/sbin/init', 'echo "fault: PID 1 ends"', 'exit 1')],
    evidence: new RegExp(`fault: PID 1 ends[^]*${PANIC}: Attempted to kill init`),
    watchdog: false,
    cause: 'panic',
    message: new RegExp(`${PANIC}: Attempted to kill init! exitcode=0x00000100`),
  },
  {
    name: 'base-service-fails',
    slot: 'base',
    title: 'a base on which a service fails that ran before',
    changes: [script(STEADY.program.slice(1), 'echo "fault: this program is broken" | tee /dev/console', 'exit 3')],
    evidence: /fault: this program is broken/,
    watchdog: false,
    cause: 'verdict',
    message: new RegExp(`.*${STEADY.unit.replace('.', '\\.')}.*`),
  },
  {
    name: 'base-service-loops',
    slot: 'base',
    title: 'a base on which a service crashes again and again once the settling has begun',
    changes: [
      script(
        LOOPING.program.slice(1),
        "until [ -e /run/fault ] || systemctl show --property=StatusText holdfast.service | grep -q 'stay up'; do sleep 1; done",
        ': > /run/fault',
        'echo "fault: this service dies again" | tee /dev/console',
        'exit 1',
      ),
    ],
    evidence: /fault: this service dies again[\s\S]*fault: this service dies again/,
    watchdog: false,
    cause: 'verdict',
    message: new RegExp(`.*${LOOPING.unit.replace('.', '\\.')}.*`),
  },
];
