/** Daemons that are started again, media that refuse writes, requests that come together: no trial is lost or kept by them. */
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readBootState, revert } from '../../bootloader/protocol/index.ts';
import { verdictOffset } from '../boot/evidence.ts';
import { changeStatus } from '../engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, readMedium, temporaryDirectory } from '../fixture.ts';
import { systemdOf, TestMachine } from '../fixture-machine.ts';
import { DatabaseError } from '../system/database-error.ts';
import { DiskError } from '../system/disk-error.ts';
import { realDisk } from '../system/disk-real.ts';
import type { DurableWrite } from '../system/durable.ts';
import { native } from '../system/native/native.ts';
import { Restart } from './restart.ts';

const kernel = 'virt-kernel_x2.snap';

async function machineOf(t: Test) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const systemd = systemdOf(layout);
  const machine = new TestMachine(layout, { systemd });
  t.teardown(() => machine.stop());
  await machine.start();
  return { machine, layout, file, systemd };
}

/** Installs and stops where the machine goes down for the trial. */
async function armed(t: Test) {
  const all = await machineOf(t);
  const change = await all.machine.install(all.file);
  await all.machine.until(() => all.machine.rebooting !== undefined);
  return { ...all, change: change.id };
}

const outcome = (machine: TestMachine) => machine.device.parts.trials.outcomes(1)[0];
const status = (machine: TestMachine, id: number) => changeStatus(machine.device.parts.changes.get(id)?.tasks ?? []);
const good = async (machine: TestMachine) => readBootState(await readMedium(machine.layout)).good;

t.test('a restart of the daemon never cancels an armed trial, and asks for the reboot again', async (t) => {
  const { machine, layout } = await armed(t);
  for (let restarts = 0; restarts < 5; restarts++) {
    await machine.start();
    await machine.until(() => machine.rebooting !== undefined);
    t.equal(readBootState(await readMedium(layout)).mode, 'try');
  }
});

t.test('reboots that do not start an armed trial are not asked for without end', async (t) => {
  const { machine, layout } = await armed(t);
  for (let boots = 1; boots <= 3; boots++) {
    // A boot script that knows nothing of trials: the same set in another boot.
    await writeFile(layout.bootId, `another boot ${boots}\n`);
    await machine.start();
    await machine.settled();
    t.equal(machine.rebooting !== undefined, boots < 3, `boot ${boots}`);
  }
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'not-started' } });
  t.strictSame(await good(machine), goodSet);
});

t.test('the boot of a confirmed trial may arm the next one, and a restart does not judge that', async (t) => {
  const { machine, layout, file } = await armed(t);
  await machine.bootUntilRest();
  const next = await machine.install(file);
  await machine.until(() => machine.rebooting !== undefined);
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  t.match(machine.rebooting, /start the trial that is armed/);
  t.match(readBootState(await readMedium(layout)), { mode: 'try', trying: { kernel: 'virt-kernel_x3.snap' } });
  await machine.bootUntilRest();
  t.equal(status(machine, next.id), 'Done');
});

t.test('a trial that was given up stays so when the daemon is started again before the machine is down', async (t) => {
  const { machine, layout, change, systemd } = await armed(t);
  systemd.state = 'maintenance';
  systemd.set('default.target', { activeState: 'inactive' });
  await powerOn(layout);
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  const reason = machine.rebooting;
  t.match(reason, /emergency mode/);
  systemd.state = 'running';
  systemd.set('default.target', { activeState: 'active' });
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  t.equal(machine.rebooting, reason);
  t.equal(systemd.watchdogUsec, 0, 'the dead man is not relieved');
  t.strictSame(machine.device.parts.trials.outcomes(5), []);
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'verdict', message: /emergency mode/ } });
  t.equal(status(machine, change), 'Error');
});

t.test('a verdict that did not reach the environment is not forgotten over a restart of the daemon', async (t) => {
  const { layout, machine } = await armed(t);
  await powerOn(layout);
  const systemd = systemdOf(layout, { 'default.target': { activeState: 'inactive' } });
  systemd.state = 'maintenance';
  let isRefusing = true;
  const trial = new TestMachine(layout, {
    systemd,
    onWrite: ({ op, path }) => {
      if (isRefusing && op === 'rewrite' && path.includes('hf-env')) throw new DiskError('io', 'rewrite', path);
    },
  });
  t.teardown(() => trial.stop());
  machine.stop();
  await trial.start();
  await trial.until(() => trial.rebooting !== undefined);
  t.equal(readBootState(await readMedium(layout)).mode, 'trying');
  isRefusing = false;
  systemd.state = 'running';
  systemd.set('default.target', { activeState: 'active' });
  await trial.start();
  await trial.until(() => trial.rebooting !== undefined);
  t.match(trial.rebooting, /emergency mode/);
  t.strictSame(await good(trial), goodSet);
});

t.test('a trial whose state cannot be written down is bad, and says so', async (t) => {
  const { layout, machine } = await armed(t);
  machine.stop();
  await powerOn(layout);
  const full = new TestMachine(layout, { onWrite: refusing('commit') });
  t.teardown(() => full.stop());
  await full.start();
  await full.until(() => full.rebooting !== undefined);
  t.match(full.rebooting, /no space is left/);
  await machine.bootUntilRest();
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'verdict', message: /no space is left/ } });
});

t.test(
  'what cannot be written down keeps its evidence, and is taken up when the medium takes writes again',
  async (t) => {
    const { layout, file, machine, change } = await armed(t);
    machine.stop();
    await rm(join(layout.bootPartition, kernel, 'kernel.img'));
    await powerOn(layout);
    const refuse = refusing('commit');
    let isFull = true;
    const full = new TestMachine(layout, {
      onWrite: (write) => {
        if (isFull) refuse(write);
      },
    });
    t.teardown(() => full.stop());
    await full.start();
    t.equal(status(full, change), 'Wait', 'it answers all the same');
    t.equal(readBootState(await readMedium(layout)).cause, 'missing-kernel');
    isFull = false;
    await t.rejects(full.install(file), { code: 'conflict' });
    await full.settled();
    t.match(outcome(full), { what: 'reverted', cause: { code: 'missing-kernel' } });
    t.equal(status(full, change), 'Error');
    await full.install(file);
    await full.until(() => full.rebooting !== undefined);
  },
);

t.test('a confirmation that could not be written down does not keep the daemon from starting', async (t) => {
  const { layout, machine, change } = await armed(t);
  machine.stop();
  await powerOn(layout);
  let isFull = false;
  const full = new TestMachine(layout, {
    onWrite: ({ op, path }) => {
      isFull ||= op === 'commit' && path === 'trial: confirmed';
      if (isFull && op === 'commit') throw noSpace();
    },
  });
  t.teardown(() => full.stop());
  await full.start();
  await full.until(() => !full.device.judging);
  t.strictSame(await good(full), { ...goodSet, kernel });
  await full.start();
  t.equal(status(full, change), 'Wait');
  full.stop();
  await machine.start();
  await machine.settled();
  t.match(outcome(machine), { what: 'confirmed' });
  t.equal(status(machine, change), 'Done');
});

t.test('a trial that ran before its change had it written down that it is armed is not armed again', async (t) => {
  const { layout, file, machine, systemd } = await machineOf(t);
  machine.stop();
  const cut = new TestMachine(layout, {
    onWrite: ({ op, path }) => {
      if (op === 'commit' && path === 'change: link-snap Wait') throw noSpace();
    },
  });
  t.teardown(() => cut.stop());
  await cut.start();
  const change = await cut.install(file);
  await cut.until(() => cut.said.some((line) => line.startsWith(`change ${change.id} stopped`)));
  cut.stop();
  t.equal(readBootState(await readMedium(layout)).mode, 'try');
  systemd.state = 'maintenance';
  systemd.set('default.target', { activeState: 'inactive' });
  await powerOn(layout);
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  systemd.state = 'running';
  systemd.set('default.target', { activeState: 'active' });
  await powerOn(layout);
  await machine.start();
  t.equal(await machine.settled(), 'rest');
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'verdict' } });
  t.equal(status(machine, change.id), 'Error');
  t.equal(readBootState(await readMedium(layout)).mode, '');
});

t.test(
  'a good set that fails before its confirmation is written down is fallen back from in the same boot',
  async (t) => {
    const { layout, machine, change } = await armed(t);
    machine.stop();
    await powerOn(layout);
    let isFull = false;
    const full = new TestMachine(layout, {
      onWrite: ({ op, path }) => {
        isFull ||= op === 'commit' && path === 'trial: confirmed';
        if (isFull && op === 'commit') throw noSpace();
      },
    });
    t.teardown(() => full.stop());
    await full.start();
    await full.until(() => !full.device.judging);
    full.stop();
    const run = await powerOn(layout, { unfinishedStarts: 3 });
    t.equal(run.starts.at(-1)?.rule, 'previous');
    await machine.start();
    await machine.settled();
    await machine.until(() => machine.device.parts.trials.outcomes(1)[0]?.what === 'fell-back');
    t.match(machine.device.parts.trials.outcomes(2), [{ what: 'fell-back' }, { what: 'confirmed' }]);
    await machine.settled();
    t.equal(status(machine, change), 'Error', 'the device had to leave what the change brought');
    t.equal(machine.device.parts.snapRecords.get('virt-kernel')?.current, 'x1');
    t.strictSame(await good(machine), goodSet, 'what runs is the good set');
  },
);

t.test('a word that is there is not written again: a power cut inside the write would take it away', async (t) => {
  const { layout, machine, systemd } = await armed(t);
  machine.stop();
  systemd.state = 'maintenance';
  systemd.set('default.target', { activeState: 'inactive' });
  await powerOn(layout);
  const words: number[] = [];
  const trial = new TestMachine(layout, {
    systemd,
    onWrite: ({ op, path, offset }, moment) => {
      if (moment === 'after' && op === 'rewrite' && path.endsWith('hf-journal') && offset === verdictOffset)
        words.push(words.length);
    },
  });
  t.teardown(() => trial.stop());
  for (let starts = 0; starts < 3; starts++) {
    await trial.start();
    await trial.until(() => trial.rebooting !== undefined);
  }
  t.equal(words.length, 1);
});

function noSpace() {
  return new DatabaseError('no-space', 'commit');
}

/** Every write of that kind finds the medium full. */
function refusing(refused: DurableWrite['op']) {
  return ({ op }: DurableWrite) => {
    if (op === refused) throw noSpace();
  };
}

t.test('a set that boots from now on is kept, though a part of the confirmation is never written', async (t) => {
  const { layout, machine, change } = await armed(t);
  machine.stop();
  await powerOn(layout);
  const worn = new TestMachine(layout, {
    onWrite: ({ op, path }) => {
      if (op === 'rewrite' && path.endsWith('hf-good')) throw new DiskError('io', 'rewrite', path);
    },
  });
  t.teardown(() => worn.stop());
  await worn.start();
  t.equal(await worn.settled(), 'rest');
  t.match(outcome(worn), { what: 'confirmed' });
  t.equal(status(worn, change), 'Done');
  t.match(worn.said.join('\n'), /cannot repair the boot environment/);
});

t.test('both copies say that a trial was kept before the log does, also after a cut between them', async (t) => {
  const { layout, machine } = await armed(t);
  machine.stop();
  await powerOn(layout);
  let isCutOff = false;
  let copies = 0;
  const order: string[] = [];
  const cut = new TestMachine(layout, {
    onWrite: ({ op, path }, moment) => {
      const isCopy = op === 'rewrite' && path.includes('hf-env');
      if (moment === 'before') isCutOff ||= isCopy && ++copies === 2;
      if (isCutOff) throw new DiskError('io', op, path);
      if (moment === 'after' && (isCopy || path === 'trial: confirmed')) order.push(isCopy ? 'copy' : path);
    },
  });
  t.teardown(() => cut.stop());
  await cut.start();
  await cut.until(() => isCutOff);
  cut.stop();
  t.strictSame(order, ['copy']);
  isCutOff = false;
  await cut.start();
  await cut.settled();
  t.strictSame(order.slice(1, 3), ['copy', 'trial: confirmed']);
});

t.test('two installations at once: one of them finds a conflict', async (t) => {
  const { machine, file } = await machineOf(t);
  const { env } = machine.device.parts;
  const upload = () => machine.device.receive(createReadStream(file));
  const [one, two] = [await upload(), await upload()];
  const state = env.state.bind(env);
  const gate = Promise.withResolvers<void>();
  let isFirst = true;
  env.state = async () => {
    // Told apart before the reading: under load the second one may be read first.
    const isSlow = isFirst;
    isFirst = false;
    const said = await state();
    if (isSlow) await gate.promise;
    return said;
  };
  const slow = machine.device.install(one, 'slow');
  await machine.device.install(two, 'quick');
  gate.resolve();
  await t.rejects(slow, { code: 'conflict', message: /change 1 .* is in progress/ });
  t.equal(machine.device.parts.changes.list().length, 1);
});

t.test('nothing is installed while a trial is judged', async (t) => {
  const { machine, layout, file } = await armed(t);
  for (const suffix of ['', '-wal', '-shm']) await rm(`${layout.database}${suffix}`, { force: true });
  await powerOn(layout);
  await machine.start();
  machine.freeze();
  const { env } = machine.device.parts;
  await env.apply(revert(await env.read()));
  await t.rejects(machine.install(file), { code: 'conflict', message: /this boot is a trial/ });
});

t.test('a medium that never answers does not hold the reboot up', async (t) => {
  const { layout } = await machineOf(t);
  const disk = realDisk(native());
  disk.replace = () => new Promise(() => {});
  const rebooted = Promise.withResolvers<string>();
  const restart = new Restart({
    layout,
    disk,
    reboot: async (why) => rebooted.resolve(why),
    sleep: async () => {},
    say: () => {},
  });
  restart.request('to try');
  t.equal(await rebooted.promise, 'to try');
});
