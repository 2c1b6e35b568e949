import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { defaultPolicy } from '../boot/health/defaults.ts';
import type { HealthPorts } from '../boot/health/ports.ts';
import { calmPorts } from '../boot/health/ports-calm.ts';
import { changeStatus } from '../engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { systemSnap } from './configure.ts';
import { prepareHealth } from './health.ts';

async function machineOf(t: Test, ports: Partial<HealthPorts> = {}) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const machine = new TestMachine(layout, { health: calmPorts(ports) });
  t.teardown(() => machine.stop());
  return { directory, layout, machine };
}

const ids = (checks: readonly { readonly id: string }[]) => checks.map(({ id }) => id);
const usual = ids(defaultPolicy.checks);

t.test('a boot is held to the defaults, what its gadget and its user say, and the commands of its snaps', async (t) => {
  const { layout, machine } = await machineOf(t);
  const yaml = 'defaults:\n  system:\n    health: {deadline: 10m, settle: 45s, checks: {clock: off}}\n';
  await makeSnap(join(layout.snaps, goodSet.gadget), {
    ...{ name: 'virt', type: 'gadget' },
    files: { 'meta/gadget.yaml': yaml, 'health.d/required/ping': '#!/bin/sh\n' },
  });
  await machine.start();
  const { parts } = machine.device;
  parts.configuration.config.write(systemSnap, { health: { settle: 7, patience: '9s' } });
  const { policy, checks } = await prepareHealth(parts, defaultPolicy, undefined);
  t.match(policy, { deadlineSeconds: 600, settleSeconds: 7, patienceSeconds: 9 });
  t.strictSame(
    ids(checks),
    usual.filter((id) => id !== 'clock'),
    'a file that nobody can execute is no command',
  );
  t.match(machine.said.join('\n'), /ping of virt is not run: it is no executable file/);
});

t.test('what cannot be read is said and left out', async (t) => {
  const { layout, machine } = await machineOf(t);
  await machine.start();
  await writeFile(join(layout.snaps, goodSet.gadget), 'rotten');
  const { parts } = machine.device;
  parts.configuration.config.write(systemSnap, { health: { settle: 'soon' } });
  const { policy, checks } = await prepareHealth(parts, defaultPolicy, undefined);
  t.strictSame([policy, ids(checks)], [defaultPolicy, usual]);
  const said = machine.said.join('\n');
  t.match(said, /cannot read the defaults of the gadget/);
  t.match(said, /cannot read the health commands of virt_x1.snap/);
  t.match(said, /cannot set health.settle to "soon"/);
});

async function makeKernel(path: string, version: string, weight: string): Promise<void> {
  const command = `health.d/${weight}/camera`;
  const files = { 'kernel.img': 'a kernel', 'initrd.img': 'an initrd', [command]: '#!/bin/sh\n' };
  await makeSnap(path, { name: 'virt-kernel', type: 'kernel', version, files, executable: [command] });
}

/** Tries a kernel that ships a command of this weight; what came of it. The good one may ship it, too. */
async function kept(t: Test, weight: string, ports: Partial<HealthPorts>, weightInGood?: string) {
  const { directory, layout, machine } = await machineOf(t, ports);
  const file = join(directory, 'kernel');
  await makeKernel(file, '2', weight);
  if (weightInGood !== undefined) {
    const good = join(layout.snaps, 'virt-kernel_x1.snap');
    await rm(good);
    await makeKernel(good, '1', weightInGood);
  }
  await machine.start();
  const { id } = await machine.install(file);
  await machine.until(() => machine.rebooting !== undefined);
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  const why = machine.rebooting;
  await machine.bootUntilRest();
  const { changes, trials } = machine.device.parts;
  return { why, status: changeStatus(changes.get(id)?.tasks ?? []), outcome: trials.outcomes(1)[0] };
}

t.test('a required command that fails takes the kernel back that ships it, a wanted one does not', async (t) => {
  const ran: string[] = [];
  const runCommand: HealthPorts['runCommand'] = async ({ path }) => {
    ran.push(path);
    return { how: 'exit', status: 3, output: ['no picture'] };
  };
  const required = await kept(t, 'required', { runCommand });
  t.match(required.why, /virt-kernel\/camera exited with status 3, without a break for 120 s/);
  t.match(required, {
    status: 'Error',
    outcome: { what: 'reverted', cause: { code: 'verdict' } },
  });
  t.match(required.outcome?.cause?.evidence.join('\n'), /no picture/);
  t.match(ran[0], /run\/holdfast\/health.d\/virt-kernel_x2.snap\/required\/camera$/);
  const wanted = await kept(t, 'wanted', { runCommand });
  t.match(wanted, { why: undefined, status: 'Done', outcome: { what: 'confirmed' } });
  const well = await kept(t, 'required', {});
  t.match(well, { why: undefined, status: 'Done' });
});

t.test('what the good set only wants is no excuse for what requires it', async (t) => {
  const fails: HealthPorts['runCommand'] = async () => ({ how: 'exit', status: 3, output: [] });
  const over = async (weight: string) => {
    const { outcome } = await kept(t, 'required', { runCommand: fails }, weight);
    return outcome?.cause?.code;
  };
  t.equal(await over('wanted'), 'verdict');
  t.equal(await over('required'), 'environment');
});

t.test('a setting that cannot be is refused before there is a change', async (t) => {
  const { machine } = await machineOf(t);
  await machine.start();
  const { check } = machine.device.parts.configuration;
  t.strictSame(check({ health: { settle: '10s' } }), []);
  t.match(check({ health: { settle: 'soon' } }), [/cannot set health.settle to "soon": must be/]);
});
