/** The main promise, as a test: a snap with a fault is tried, the fault happens, and the device goes back and knows why. */
import { join } from 'node:path';
import type { Test } from 'tap';
import { whyOf } from './boots.ts';
import type { Fault } from './fault.ts';
import { type Lab, resume } from './lab.ts';

/** Tries `fault` on a device of its own. */
export async function takenBack(t: Test, lab: Lab, fault: Fault): Promise<void> {
  const device = await resume(lab, join(lab.folder, 'trials', fault.name));
  t.teardown(() => device.machine.stop());
  const before = await device.status();
  await device.install(fault.name);
  const { status, watchdog, during } = await device.reverted();
  t.match(during, fault.evidence, 'the fault happened');
  if (fault.absent !== undefined) t.notMatch(during, fault.absent, 'and nothing else did');
  t.equal(watchdog, fault.watchdog, 'the watchdog had to reset it, or not');
  t.same([status.good, status.running], [before.good, before.good], 'the good set is what it was, and runs');
  t.equal(status.outcomes[0]?.what, 'reverted');
  t.equal(status.outcomes[0]?.cause, fault.cause, status.outcomes[0]?.message ?? 'no cause');
  t.notOk(status.hasTrial, 'nothing is tried any more');
  const { lines, cause } = await whyOf(device);
  t.match(cause, new RegExp(`^Cause: ${fault.cause}: ${fault.message.source}$`), lines.join('\n'));
  if (fault.seen !== undefined) t.match(lines.slice(2).join('\n'), fault.seen, 'and shows what it saw');
  const name = fault.slot === 'kernel' ? 'virt-kernel' : 'bookworm';
  const headline = `^Boot \\d+ \\(.*\\) tried ${fault.slot} ${name}_x2\\.snap and went back to ${name}_x1\\.snap$`;
  t.match(lines[0], new RegExp(headline), lines.join('\n'));
}
