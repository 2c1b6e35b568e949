import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { planDisable } from '../plan/enable.ts';
import { planRemove } from '../plan/remove.ts';
import { planSwitch } from '../plan/switch.ts';
import { errorOf, type LifeOptions, type TestDevice, testDevice } from './testing.ts';
import { failingAfter, installPlan, installRevisions } from './testing-scenes.ts';

async function installed(t: Test, revisions: readonly number[], options: LifeOptions = {}) {
  const device = await testDevice(t);
  const life = await device.start(options);
  await installRevisions(device, life, revisions);
  return { device, life };
}

const isThere = ({ root }: TestDevice, path: string) => existsSync(join(root, path));

const revisionsOf = (files: Readonly<Record<string, string>>) =>
  Object.keys(files).filter((name) => name.includes('/snaps/'));

t.test('E1, E21: nothing is left of a snap that was removed', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const before = await device.picture();
  await installRevisions(device, life, [5, 3, 7]);
  life.configure('demo', { a: 1 });
  const change = await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1, terminate: true }));
  t.equal(errorOf(change), '');
  t.strictSame(await device.picture(), before);
  t.ok(change.clean);
});

t.test('C1, C19: a refresh drops the oldest, and deletes it only when all is over', async (t) => {
  const { device, life } = await installed(t, [1, 2, 3]);
  const files = async () => revisionsOf((await device.picture()).files);
  let seen: readonly string[] = [];
  const looking = await device.start({
    handlers: (known) => ({
      ...known,
      cleanup: {
        async do() {
          seen = await files();
          return { kind: 'done' };
        },
      },
    }),
  });
  t.equal(errorOf(await looking.run(await installPlan(device, looking, 4))), '');
  t.strictSame(
    seen,
    ['.trash-demo_1.snap', 'demo_2.snap', 'demo_3.snap', 'demo_4.snap'].map((name) => `var/lib/snapd/snaps/${name}`),
  );
  t.strictSame(await files(), seen.slice(1));
  t.notOk(isThere(device, 'snap/demo/1') || isThere(device, 'var/lib/holdfast/digests/demo_1.snap'));
  t.notOk(device.systemd.isActive('snap-demo-1.mount'));
  t.strictSame(
    looking.records.get('demo')?.sequence.map(({ revision }) => revision),
    ['2', '3', '4'],
  );
  t.ok(life);
});

t.test('C14: going back to an old one as a refresh moves it to the end', async (t) => {
  const { device, life } = await installed(t, [1, 2, 3]);
  t.equal(errorOf(await life.run(await installPlan(device, life, 2))), '');
  t.match(life.records.get('demo'), { current: '2' });
  t.strictSame(
    life.records.get('demo')?.sequence.map(({ revision }) => revision),
    ['1', '3', '2'],
  );
});

t.test('C23: what runs is not discarded', async (t) => {
  const { device, life } = await installed(t, [3]);
  const before = await device.picture();
  const { tasks, ...plan } = planRemove(life.view(), { names: ['demo'], snapshotSet: 1 });
  const [first] = tasks;
  const discard = tasks.find(({ kind }) => kind === 'discard-snap');
  if (first === undefined || discard === undefined) throw new Error('there is no such task');
  const both = { ...discard, data: { ...first.data, ...discard.data } };
  t.equal(
    errorOf(await life.run({ ...plan, tasks: [both] })),
    'discard-snap: internal error: cannot discard snap "demo": still active',
  );
  t.strictSame(await device.picture(), before);
});

t.test('C24, E2, E3: one revision of several goes; with the last its sequence file', async (t) => {
  const { device, life } = await installed(t, [1, 2]);
  t.equal(errorOf(await life.run(planRemove(life.view(), { names: ['demo'], revision: '1', snapshotSet: 1 }))), '');
  t.strictSame(
    life.records.get('demo')?.sequence.map(({ revision }) => revision),
    ['2'],
  );
  t.ok(isThere(device, 'var/lib/snapd/sequence/demo.json') && device.systemd.isActive('snap-demo-2.mount'));
  await life.run(planDisable(life.view(), 'demo'));
  t.equal(errorOf(await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1 }))), '');
  t.notOk(isThere(device, 'var/lib/snapd/sequence/demo.json') || isThere(device, 'var/lib/snapd/inhibit/demo.lock'));
});

t.test('C25, E10, E11: what was discarded comes back, with its place in the sequence', async (t) => {
  const { device, life } = await installed(t, [1, 2]);
  const before = await device.picture();
  t.match(errorOf(await life.run(failingAfter(planRemove(life.view(), { names: ['demo'], snapshotSet: 1 })))), /^fail/);
  t.strictSame(await device.picture(), before);
  t.match(life.records.get('demo'), { active: true, current: '2' });
});

t.test('what the device may boot stays, whoever wants it to go', async (t) => {
  const done = async () => ({ kind: 'done' }) as const;
  const uses = async ({ revision }: { readonly revision: string }) => revision === '1';
  const bootSet = { uses, arm: done, disarm: done, outcome: done, relinked: done };
  const { device, life } = await installed(t, [1, 2], { world: { bootSet } });
  const change = await life.run(planRemove(life.view(), { names: ['demo'], revision: '1', snapshotSet: 1 }));
  const discard = change.tasks.find(({ kind }) => kind === 'discard-snap');
  t.match(discard?.log, [/INFO revision 1 stays: the device may boot it/]);
  t.ok(isThere(device, 'var/lib/snapd/snaps/demo_1.snap'));
  t.equal(life.records.get('demo')?.sequence.length, 2);
});

t.test('a change that is killed before it is tidied up is tidied up later', async (t) => {
  const { device, life } = await installed(t, [1, 2]);
  const plan = planRemove(life.view(), { names: ['demo'], revision: '1', snapshotSet: 1 });
  const cut = await device.start({ power: { cutAt: ({ op, path }) => op === 'remove' && path.includes('.trash-') } });
  const { id } = await cut.runner.start(plan);
  await cut.runner.run(id).catch(() => {});
  await cut.runner.stop();
  t.ok(cut.wasCut());
  const next = await device.start();
  t.ok(revisionsOf((await device.picture()).files).some((name) => name.includes('.trash-')));
  await next.runner.run(id);
  t.strictSame(revisionsOf((await device.picture()).files), ['var/lib/snapd/snaps/demo_2.snap']);
});

t.test('E16: terminating kills what runs, and nothing is started meanwhile', async (t) => {
  const { device, life } = await installed(t, [1]);
  const scope = 'snap.demo.tool-0c5f4f1e-8a5b-4a53-9b0e-2a7f0c1d2e3f.scope';
  device.systemd.set(scope);
  device.systemd.set('snap.other.tool.scope');
  t.equal(errorOf(await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1, terminate: true }))), '');
  t.ok(device.systemd.calls.includes(`killUnit ${scope} all 9`));
  t.ok(device.systemd.isActive('snap.other.tool.scope'));
});

t.test('B13: another channel is a line in the record', async (t) => {
  const { life } = await installed(t, [1]);
  t.equal(errorOf(await life.run(planSwitch(life.view(), { name: 'demo', channel: 'edge', cohort: 'c' }))), '');
  t.match(life.records.get('demo'), { tracking: 'latest/edge', cohort: 'c' });
});

t.test('a refresh without hooks takes few commits', async (t) => {
  const { device, life } = await installed(t, [1, 2, 3]);
  const plan = await installPlan(device, life, 4);
  // Each task waits for the one before it.
  const tasks = plan.tasks
    .filter(({ kind }) => kind !== 'run-hook')
    .map(({ kind, summary, data = {} }) => ({ kind, summary, data }));
  life.commits.length = 0;
  t.equal(errorOf(await life.run({ ...plan, tasks })), '');
  t.ok(life.commits.length <= 20, `${life.commits.length} commits: ${life.commits.join(', ')}`);
});
