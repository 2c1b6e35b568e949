import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { changeError, statusOf } from '../engine/status.ts';
import { makeDevice, makeSnap, powerOn, temporaryDirectory } from '../fixture.ts';
import { type MachineOptions, TestMachine } from '../fixture-machine.ts';

async function deviceOf(t: Test, options: MachineOptions = {}) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const machine = new TestMachine(layout, options);
  t.teardown(() => machine.stop());
  const install = async (name: string, type: string, base?: string) => {
    const file = join(directory, name);
    await makeSnap(file, { name, type, version: '2', ...(base === undefined ? {} : { base }) });
    return machine.install(file);
  };
  const loseDatabase = async () => {
    machine.stop();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${layout.database}${suffix}`, { force: true });
  };
  const records = () => machine.device.parts.snapRecords.all();
  const short = () =>
    records().map(({ instance, current, sequence }) => `${instance} ${current} of ${sequence.length}`);
  return { machine, layout, install, loseDatabase, records, short };
}

t.test('the snaps of an image have records from the first boot on', async (t) => {
  const { machine, records, short } = await deviceOf(t);
  await machine.start();
  t.strictSame(short(), ['bookworm x1 of 1', 'virt x1 of 1', 'virt-kernel x1 of 1']);
  t.match(records()[2], { type: 'kernel', active: true, version: '1.0' });
  await machine.start();
  t.equal(records().length, 3);
  t.strictSame(machine.device.parts.changes.list(), []);
});

t.test('where the database is lost in a trial that is kept, what boots is current in the end', async (t) => {
  const { machine, layout, install, loseDatabase, short } = await deviceOf(t);
  await machine.start();
  await install('virt-kernel', 'kernel');
  await machine.until(() => machine.rebooting !== undefined);
  await loseDatabase();
  await powerOn(layout);
  await machine.start();
  t.strictSame(short()[2], 'virt-kernel x1 of 2', 'it is only being tried');
  await machine.settled();
  t.strictSame(short()[2], 'virt-kernel x2 of 2');
  t.match(machine.device.parts.changes.list(), [{ kind: 'update-revisions', summary: /"virt-kernel"/ }]);
  t.equal(statusOf(machine.device.parts.changes.list()[0] ?? { explicit: undefined, tasks: [] }), 'Done');
});

t.test('the revision of an app is the one that its link leads to', async (t) => {
  const { machine, install, loseDatabase, short } = await deviceOf(t);
  await machine.start();
  await install('hello', 'app', 'bookworm');
  await machine.settled();
  await install('hello', 'app', 'bookworm');
  await machine.settled();
  await machine.device.request({ action: 'revert', name: 'hello' });
  await machine.settled();
  t.match(short(), ['bookworm x1 of 1', 'hello x1 of 2']);
  await loseDatabase();
  await machine.start();
  t.match(short(), ['bookworm x1 of 1', 'hello x1 of 2']);
});

/** A new kernel is kept, and lost; the device is switched on with the one before it. */
async function fallBack({ machine, layout, install }: Awaited<ReturnType<typeof deviceOf>>): Promise<void> {
  await install('virt-kernel', 'kernel');
  await machine.until(() => machine.rebooting !== undefined);
  await machine.bootUntilRest();
  await rm(join(layout.bootPartition, 'virt-kernel_x2.snap'), { recursive: true });
  await powerOn(layout);
}

t.test('after the device fell back by itself the older revision is current', async (t) => {
  const all = await deviceOf(t);
  const { machine, short } = all;
  await machine.start();
  await fallBack(all);
  await machine.start();
  await machine.settled();
  t.strictSame(short()[2], 'virt-kernel x1 of 2');
  t.match(machine.device.parts.changes.list()[1], { kind: 'update-revisions' });
});

t.test('G24: where that fails the change says so, and it is tried again at the next start only', async (t) => {
  let isBroken = false;
  const all = await deviceOf(t, {
    handlers: (known) => ({
      ...known,
      'link-snap': {
        ...known['link-snap'],
        async do(context) {
          if (isBroken) throw new Error('fail');
          return (await known['link-snap']?.do(context)) ?? { kind: 'done' };
        },
      },
    }),
  });
  const { machine, short } = all;
  await machine.start();
  await fallBack(all);
  isBroken = true;
  await machine.start();
  await machine.settled();
  const { changes } = machine.device.parts;
  t.match(
    changes.list().map(({ kind, tasks }) => `${kind}: ${changeError(tasks)}`),
    [/^install-snap: /, /^update-revisions: .*\n- Make snap "virt-kernel" \(x1\) available to the system \(fail\)$/],
  );
  t.strictSame(short()[2], 'virt-kernel x2 of 2', 'the record is as it was');
  await machine.device.tidy();
  t.equal(changes.list().length, 2, 'not again');
  isBroken = false;
  await machine.start();
  await machine.settled();
  t.strictSame(short()[2], 'virt-kernel x1 of 2');
});
