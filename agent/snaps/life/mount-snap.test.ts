import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChangePlan } from '../../engine/plan.ts';
import { setupIn, setupKey } from '../plan/setup.ts';
import { errorOf, type LifeOptions, type TestDevice, testDevice } from './testing.ts';
import { demoYaml, installPlan, installRevisions } from './testing-scenes.ts';
import type { MountedSnap } from './world.ts';

async function started(t: Test, options: LifeOptions = {}) {
  const device = await testDevice(t);
  return { device, life: await device.start(options) };
}

t.test('B24: blob, digest, mount unit and mount', async (t) => {
  const { device, life } = await started(t);
  await installRevisions(device, life, [7]);
  const at = (path: string) => join(device.root, path);
  const blob = await readFile(at('var/lib/snapd/snaps/demo_7.snap'));
  t.match(
    await readFile(at('var/lib/holdfast/digests/demo_7.snap'), 'utf8'),
    new RegExp(`^${blob.length} [0-9a-f]{64}\n$`),
  );
  t.match(
    await readFile(at('etc/systemd/system/snap-demo-7.mount'), 'utf8'),
    /^What=.*\/demo_7.snap\nWhere=\/snap\/demo\/7$/m,
  );
  t.ok(device.systemd.isActive('snap-demo-7.mount'));
  t.strictSame(
    device.systemd.calls.slice(0, 2),
    ['reload', 'startUnit snap-demo-7.mount'],
    'systemd reads the unit before it starts it',
  );
});

/** What is mounted is not what was to be. */
function mountedAs(reads: readonly (MountedSnap | undefined)[]) {
  let count = 0;
  const read = async () => reads[Math.min(count++, reads.length - 1)];
  return { mounted: { read }, count: () => count };
}

t.test('B35: metadata that cannot be read after mounting undoes the mount in the same task', async (t) => {
  const broken = mountedAs([undefined]);
  const { device, life } = await started(t, { world: { mounted: broken.mounted } });
  const before = await device.picture();
  t.equal(
    errorOf(await life.runLong(await installPlan(device, life, 7))),
    'mount-snap: cannot read info for "demo" snap',
  );
  t.equal(broken.count(), 10);
  t.strictSame(await device.picture(), before);
});

t.test('B36: a mount that takes its time is looked at again', async (t) => {
  const { device, life } = await started(t);
  let misses = 2;
  const { mounted } = life.world;
  const slow = {
    read: async (place: Parameters<typeof mounted.read>[0]) => (misses-- > 0 ? undefined : mounted.read(place)),
  };
  const late = await device.start({ world: { mounted: slow } });
  t.equal(errorOf(await late.runLong(await installPlan(device, late, 7))), '');
  t.equal(misses < 0, true);
  t.ok(device.systemd.isActive('snap-demo-7.mount'));
});

t.test('what is mounted is the snap that was to be', async (t) => {
  const { device, life } = await started(t);
  const plan = await installPlan(device, life, 7);
  const wrong = (change: object): ChangePlan => ({
    ...plan,
    tasks: plan.tasks.map((task) => {
      if (task.data?.[setupKey] === undefined) return task;
      return { ...task, data: { ...task.data, [setupKey]: { ...setupIn(task.data), ...change } } };
    }),
  });
  const change = await life.runLong(wrong({ side: { name: 'other', snapId: '', revision: '7' } }));
  t.equal(errorOf(change), 'mount-snap: cannot read info for "demo" snap');
});

async function withUpload(t: Test, spoil: (path: string, device: TestDevice) => Promise<void>): Promise<string> {
  const { device, life } = await started(t);
  const plan = await installPlan(device, life, 7);
  const { source } = setupIn(plan.tasks[0]?.data ?? {});
  await spoil(source.kind === 'file' ? source.path : '', device);
  const change = await life.run(plan);
  const { files } = await device.picture();
  t.notOk(
    Object.keys(files).some((name) => name.includes('.local-install')),
    'no upload is left',
  );
  return errorOf(change);
}

t.test('an upload that is gone, was cut or has grown is refused', async (t) => {
  t.equal(
    await withUpload(t, (path) => rm(path)),
    'prepare-snap: cannot install "demo": what was uploaded is gone; install it again',
  );
  t.match(
    await withUpload(t, (path) => writeFile(path, 'hsqs')),
    /^mount-snap: cannot install "demo": 4 bytes came instead of \d+$/,
  );
});

t.test('a revision that is there with other content is refused, and stays', async (t) => {
  const path = 'var/lib/snapd/snaps/demo_7.snap';
  t.equal(
    await withUpload(t, (_, { root }) => writeFile(join(root, path), 'other')),
    'mount-snap: cannot install "demo" (7): this revision is there with other content',
  );
  const { device, life } = await started(t);
  await installRevisions(device, life, [7]);
  const blob = await readFile(join(device.root, path));
  const other = await started(t);
  await writeFile(join(other.device.root, path), blob);
  t.equal(
    errorOf(await other.life.run(await installPlan(other.device, other.life, 7))),
    '',
    'the same content is taken',
  );
});

t.test('B37: undone, the blob goes only where it came with this task', async (t) => {
  const { device, life } = await started(t);
  const plan = await installPlan(device, life, 7, demoYaml('1.7', 'hooks: {configure: {}}\n'));
  device.onHook = () => ({ problem: 'exit status 1', output: ['no'] });
  const change = await life.run(plan);
  t.match(errorOf(change), /^run-hook: run hook "install": no\n<exit status 1>/);
  t.notOk(device.systemd.isActive('snap-demo-7.mount'));
  t.notOk('var/lib/snapd/snaps/demo_7.snap' in (await device.picture()).files);
});

t.test('a blob that was there before the task stays where the task is undone, and so does its digest', async (t) => {
  const { device, life } = await started(t);
  const plan = await installPlan(device, life, 7);
  const { source } = setupIn(plan.tasks[0]?.data ?? {});
  const upload = await readFile(source.kind === 'file' ? source.path : '');
  const blob = 'var/lib/snapd/snaps/demo_7.snap';
  const digest = 'var/lib/holdfast/digests/demo_7.snap';
  await writeFile(join(device.root, blob), upload);
  await writeFile(join(device.root, digest), 'an old one\n');
  const { files } = await device.picture();
  device.onHook = () => ({ problem: 'exit status 1', output: [] });
  t.match(errorOf(await life.run(plan)), /^run-hook/);
  const after = (await device.picture()).files;
  t.strictSame([after[blob], after[digest]], [files[blob], files[digest]]);
});

t.test('what boots is never taken away by an undo', async (t) => {
  const done = async () => ({ kind: 'done' }) as const;
  const bootSet = { uses: async () => true, arm: done, disarm: done, outcome: done, relinked: done };
  const { device, life } = await started(t, { world: { bootSet } });
  device.onHook = () => ({ problem: 'exit status 1', output: [] });
  const { tasks } = await life.run(await installPlan(device, life, 7));
  const mount = tasks.find(({ kind }) => kind === 'mount-snap');
  t.match(mount?.log.at(-1), /cannot remove demo_7.snap: the device may boot it/);
  t.equal(mount?.status, 'Error');
  t.ok(device.systemd.isActive('snap-demo-7.mount'));
});
