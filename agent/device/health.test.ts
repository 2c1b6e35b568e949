/** What a trial is held to, who may end it, and whose fault its end is. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Link } from '../boot/health/model.ts';
import { calmPorts } from '../boot/health/ports-calm.ts';
import { whyLines } from '../boot/journal/why.ts';
import { changeError, changeStatus } from '../engine/status.ts';
import { makeDevice, makeSnap, powerOn, temporaryDirectory } from '../fixture.ts';
import { systemdOf, TestMachine } from '../fixture-machine.ts';

const wired: Link = { name: 'eth0', addresses: ['10.0.2.15'] };

/** A machine with a service and a link, on which a kernel was installed and the trial has booted. */
async function inTrial(t: Test) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const systemd = systemdOf(layout, { 'app.service': {}, 'once.service': { subState: 'exited' } });
  const net = { links: [wired] as readonly Link[] };
  const machine = new TestMachine(layout, { systemd, health: calmPorts({ links: () => net.links }) });
  t.teardown(() => machine.stop());
  await machine.start();
  const change = await machine.install(file);
  await machine.until(() => machine.rebooting !== undefined);
  await powerOn(layout);
  return { machine, layout, systemd, net, change: change.id };
}

const outcome = (machine: TestMachine) => machine.device.parts.trials.outcomes(1)[0];

/** `holdfast boot why` of the newest trial. */
function why(machine: TestMachine): string[] {
  const record = machine.device.parts.journal.list().find(({ trial }) => trial);
  return record === undefined ? [] : whyLines(record);
}

t.test('what is well when the reboot is asked for is what the trial is compared with', async (t) => {
  const { machine } = await inTrial(t);
  await machine.start();
  t.match(machine.device.parts.trials.unsettled()?.baseline, {
    units: ['default.target', 'app.service'],
    links: [wired],
  });
  await machine.settled();
  t.match(outcome(machine), { what: 'confirmed' });
  const [record] = machine.device.parts.journal.list();
  t.match(record, { trial: true, verdict: { kind: 'good', by: 'agent' }, end: { how: 'running' } });
  t.match(
    record?.health?.checks.map(({ check, state }) => `${check} ${state}`),
    ['target pass', 'baseline pass', 'services pass', 'durable-write pass', 'link pass'],
  );
});

t.test('a link that is gone is the fault of what was tried, where the good set has it', async (t) => {
  const { machine, layout, net, change } = await inTrial(t);
  net.links = [];
  await machine.start();
  t.equal(await machine.settled(), 'reboot');
  net.links = [wired];
  await powerOn(layout);
  await machine.start();
  t.equal(await machine.settled(), 'rest');
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'verdict', message: /link/ } });
  t.match(outcome(machine)?.cause?.evidence.join('\n'), /passes on the good set: link/);
  t.match(changeError(machine.device.parts.changes.get(change)?.tasks ?? []), /verdict: .*link/);
  t.match(why(machine)[1], /^Cause: verdict: .*link/);
  t.match(machine.device.parts.backOff.list(), [
    { name: 'virt-kernel', revision: 'x2', failures: 1, cause: 'verdict' },
  ]);
});

t.test('what fails on the good set, too, is the environment, and holds nothing back', async (t) => {
  const { machine, layout, net, change } = await inTrial(t);
  net.links = [];
  await machine.start();
  await machine.settled();
  await powerOn(layout);
  await machine.start();
  await t.rejects(machine.device.assertFree(), { code: 'conflict' }, 'nothing new while that is looked into');
  t.equal(await machine.settled(), 'rest');
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'environment', message: /on the good set, too/ } });
  t.match(why(machine)[1], /^Cause: environment: /);
  t.equal(changeStatus(machine.device.parts.changes.get(change)?.tasks ?? []), 'Error');
  t.strictSame(machine.device.parts.backOff.list(), []);
});

t.test('what only came along with the check that decided takes no blame away', async (t) => {
  const { machine, layout, systemd, net } = await inTrial(t);
  systemd.become('app.service', 'failed', 'failed');
  net.links = [];
  await machine.start();
  await machine.settled();
  systemd.become('app.service', 'active', 'running');
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'verdict', message: /app\.service/ } });
  t.match(outcome(machine)?.cause?.evidence.join('\n'), /on the good set: link: /);
  t.match(machine.device.parts.backOff.list(), [{ revision: 'x2' }]);
});

t.test('a unit that ran before and fails is named', async (t) => {
  const { machine, layout, systemd } = await inTrial(t);
  systemd.become('app.service', 'failed', 'failed');
  await machine.start();
  await machine.settled();
  systemd.become('app.service', 'active', 'running');
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(why(machine)[1], /^Cause: verdict: .*app\.service/);
});

t.test('a unit that fails on the good set, too, is the environment, however late it is started there', async (t) => {
  const { machine, layout, systemd } = await inTrial(t);
  systemd.become('app.service', 'failed', 'failed');
  await machine.start();
  await machine.settled();
  systemd.become('default.target', 'inactive', 'dead');
  systemd.become('app.service', 'inactive', 'dead');
  const unitState = systemd.unitState.bind(systemd);
  let looks = 0;
  systemd.unitState = async (name) => {
    if (name === 'default.target' && ++looks === 3) {
      systemd.become('app.service', 'failed', 'failed');
      systemd.become('default.target', 'active', 'active');
    }
    return unitState(name);
  };
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(why(machine)[1], /^Cause: environment: .*app\.service.*baseline fails on the good set, too/);
});

t.test('a trial that starts again is compared with what was well when it was armed', async (t) => {
  const { machine, layout, net } = await inTrial(t);
  await machine.start();
  machine.freeze();
  await machine.until(() => machine.device.trialProgress !== undefined);
  await machine.device.interrupt();
  net.links = [];
  await powerOn(layout, { reset: 'warm' });
  await machine.start();
  t.equal(await machine.settled(), 'reboot', 'the good set has no link yet when it asks for the reboot');
  t.match(machine.device.parts.trials.unsettled()?.baseline, { links: [wired] });
});

t.test('a verdict stays what it is when the daemon is started again before the reboot', async (t) => {
  const { machine, layout, net } = await inTrial(t);
  net.links = [];
  await machine.start();
  t.equal(await machine.settled(), 'reboot');
  await machine.start();
  t.equal(await machine.settled(), 'reboot');
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(why(machine)[1], /^Cause: environment: /, 'what failed is still known');

  const rejected = await inTrial(t);
  rejected.systemd.become('default.target', 'inactive', 'dead');
  await rejected.machine.start();
  await rejected.machine.until(() => rejected.machine.device.trialProgress !== undefined);
  rejected.machine.device.giveVerdict({ kind: 'bad', reason: 'the fan howls' });
  t.equal(await rejected.machine.settled(), 'reboot');
  await rejected.machine.start();
  t.equal(await rejected.machine.settled(), 'reboot');
  rejected.systemd.become('default.target', 'active', 'active');
  await powerOn(rejected.layout);
  await rejected.machine.start();
  await rejected.machine.settled();
  t.match(why(rejected.machine)[1], /^Cause: rejected: .*the fan howls/);
});

t.test('a person may end a trial, either way, and nothing else', async (t) => {
  const rejected = await inTrial(t);
  const { machine, layout } = rejected;
  rejected.systemd.become('default.target', 'inactive', 'dead');
  await machine.start();
  await machine.until(() => machine.device.trialProgress !== undefined);
  machine.device.giveVerdict({ kind: 'bad', reason: 'the fan howls' });
  t.equal(await machine.settled(), 'reboot');
  rejected.systemd.become('default.target', 'active', 'active');
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(why(machine)[1], /^Cause: rejected: .*the fan howls/);
  t.throws(() => machine.device.giveVerdict({ kind: 'bad', reason: '' }), { code: 'conflict' });

  const confirmed = await inTrial(t);
  confirmed.systemd.become('default.target', 'inactive', 'dead');
  await confirmed.machine.start();
  await confirmed.machine.until(() => confirmed.machine.device.trialProgress !== undefined);
  confirmed.machine.device.giveVerdict({ kind: 'good', reason: 'it will do' });
  t.equal(await confirmed.machine.settled(), 'rest');
  t.match(outcome(confirmed.machine), { what: 'confirmed' });
  t.match(confirmed.machine.device.parts.journal.list()[0]?.verdict, { kind: 'good', by: 'person' });
});

t.test('a shutdown is in the journal, a mere restart of the daemon leaves it', async (t) => {
  const { machine } = await inTrial(t);
  await machine.start();
  await machine.settled();
  await machine.device.interrupt();
  t.match(machine.device.parts.journal.current?.end, { how: 'shutdown' });
  await machine.start();
  t.match(machine.device.parts.journal.current?.end, { how: 'running' });
});

t.test('a journal that takes no write holds nothing up', async (t) => {
  const { machine, layout, net } = await inTrial(t);
  net.links = [];
  await rm(join(layout.rawPlaces, 'hf-journal'));
  await machine.start();
  t.equal(await machine.settled(), 'reboot');
  await powerOn(layout).catch(() => {});
  net.links = [wired];
  await machine.start();
  t.equal(await machine.settled(), 'rest');
  t.match(outcome(machine), { what: 'reverted' });
  t.ok(machine.said.some((line) => /boot journal does not take/.test(line)));
});
