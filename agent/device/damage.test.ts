/** What a person reads on a device whose state was damaged: the log of trials, `holdfast status`, and the daemon's own words. */
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { goodSet, makeDevice, makeSnap, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { checkpointPath } from '../system/database-checkpoint.ts';

/** A device that has tried and confirmed a kernel, with checkpoints. */
async function lived(t: Test) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const machine = new TestMachine(layout, { checkpoints: true });
  t.teardown(() => machine.stop());
  await machine.start();
  await machine.install(file);
  await machine.until(() => machine.rebooting !== undefined);
  await machine.bootUntilRest();
  const off = async () => {
    await machine.checkpointsTaken();
    machine.stop();
    await machine.quiet();
  };
  await off();
  // A checkpoint that was cut short, or what was written down after it, has its own now.
  await machine.start();
  await machine.settled();
  await machine.checkpointsTaken();
  return { machine, layout, off, directory };
}

const outcomes = (machine: TestMachine) => machine.device.parts.trials.outcomes(5);
const noted = (machine: TestMachine) =>
  outcomes(machine).filter(({ what }) => what === 'state-restored' || what === 'state-rebuilt');

t.test('checkpoints are taken when something has come to its end, and not at each start', async (t) => {
  const { machine, layout, off } = await lived(t);
  t.ok(existsSync(checkpointPath(layout.database, 'a')));
  await off();
  const before = readFileSync(checkpointPath(layout.database, 'a'));
  const other = readFileSync(checkpointPath(layout.database, 'b'));
  await machine.start();
  await machine.settled();
  await off();
  t.ok(before.equals(readFileSync(checkpointPath(layout.database, 'a'))));
  t.ok(other.equals(readFileSync(checkpointPath(layout.database, 'b'))));
  t.strictSame(
    machine.said.filter((line) => line.includes('checkpoint')),
    [],
  );
});

t.test('a file that has gone bad is made whole, and once it is told', async (t) => {
  const { machine, layout, off } = await lived(t);
  await off();
  const bytes = readFileSync(layout.database);
  bytes.writeUInt8(bytes.readUInt8(9000) ^ 1, 9000);
  writeFileSync(layout.database, bytes);
  await machine.start();
  await machine.settled();
  t.match(noted(machine), [
    {
      what: 'state-restored',
      cause: { code: 'state-lost', message: /nothing is lost/, evidence: [/^the file is damaged/] },
    },
  ]);
  t.match(machine.said.join('\n'), /state: the state was damaged and is whole again; nothing is lost/);
  t.equal(machine.device.parts.changes.list().length, 1);
  t.match(outcomes(machine), [{}, { what: 'confirmed' }], 'what was known is known');
  await off();
  await machine.start();
  await machine.settled();
  t.equal(noted(machine).length, 1, 'not again');
});

t.test('what came after the last checkpoint is named where it is lost', async (t) => {
  const { machine, layout, off, directory } = await lived(t);
  await off();
  const app = join(directory, 'app.snap');
  await makeSnap(app, { name: 'app' });
  await copyFile(app, join(layout.snaps, 'app_x1.snap'));
  truncateSync(`${layout.database}-wal`, 0);
  await machine.start();
  await machine.settled();
  const [entry] = noted(machine);
  t.match(entry, { what: 'state-restored', cause: { message: /older now than it was/ } });
  t.match(entry?.cause?.evidence, [
    'the log is empty',
    /^lost: what was done after the checkpoint of 2026-/,
    'snap files that the state did not know: app_x1.snap',
  ]);
});

t.test('a state that is gone altogether is missed by the boot journal', async (t) => {
  const { machine, layout, off } = await lived(t);
  t.strictSame(noted(machine), [], 'a new device misses nothing');
  await off();
  for (const suffix of ['', '-wal', '-shm', '.checkpoint-a', '.checkpoint-b']) {
    rmSync(`${layout.database}${suffix}`, { force: true });
  }
  await machine.start();
  await machine.settled();
  const [entry] = noted(machine);
  t.match(entry, { what: 'state-rebuilt', cause: { code: 'state-lost' } });
  t.match(entry?.cause?.evidence[0], /^there was no database, log or checkpoint, but the boot journal knows \d boots$/);
  t.match(entry?.cause?.evidence.at(-1), new RegExp(`^snap files that the state did not know: .*${goodSet.kernel}`));
  await off();
  await machine.start();
  await machine.settled();
  t.equal(noted(machine).length, 1, 'once');
});
