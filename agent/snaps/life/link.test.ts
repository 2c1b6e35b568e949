import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChangePlan } from '../../engine/plan.ts';
import { planDisable, planEnable } from '../plan/enable.ts';
import { planRevert } from '../plan/revert.ts';
import type { Running } from '../plan/view.ts';
import { errorOf, type LifeOptions, testDevice } from './testing.ts';
import { demoYaml, failingAfter, installPlan, installRevisions } from './testing-scenes.ts';

async function installed(t: Test, revisions: readonly number[], options: LifeOptions = {}) {
  const device = await testDevice(t);
  const life = await device.start(options);
  await installRevisions(device, life, revisions);
  const files = async () => (await device.picture()).files;
  return { device, life, files };
}

/** The plan up to, and with, its task of this kind, and then a failure. */
function failingAt(plan: ChangePlan, kind: string): ChangePlan {
  return failingAfter(plan, plan.tasks.findIndex((task) => task.kind === kind) + 1);
}

t.test('B26, D13: the record, commands, links; a revert brings those of the old one back', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  await installRevisions(device, life, [32]);
  const yaml = demoYaml('33').replace('  tool:', '  other:');
  t.equal(errorOf(await life.run(await installPlan(device, life, 33, yaml))), '');
  t.match(life.records.get('demo'), { active: true, current: '33', tracking: 'latest/stable', version: '33' });
  const commands = async () => {
    const { files } = await device.picture();
    return Object.entries(files)
      .filter(([name]) => /^snap\/bin\/|\/current$/.test(name))
      .map((entry) => entry.join(' '));
  };
  t.strictSame(await commands(), [
    'snap/bin/demo -> /usr/bin/snap',
    'snap/bin/demo.other -> /usr/bin/snap',
    'snap/demo/current -> 33',
    'var/snap/demo/current -> 33',
  ]);
  t.equal(errorOf(await life.run(planRevert(life.view(), { name: 'demo' }))), '');
  t.strictSame(await commands(), [
    'snap/bin/demo -> /usr/bin/snap',
    'snap/bin/demo.tool -> /usr/bin/snap',
    'snap/demo/current -> 32',
    'var/snap/demo/current -> 32',
  ]);
  const { files } = await device.picture();
  t.ok('var/lib/snapd/snaps/demo_33.snap' in files, 'the file stays');
});

t.test('B27: the sequence file says what the record says', async (t) => {
  const { device } = await installed(t, [11, 33]);
  t.equal(
    await readFile(join(device.root, 'var/lib/snapd/sequence/demo.json'), 'utf8'),
    '{"sequence":[{"name":"demo","snap-id":"demo-id","revision":"11"},{"name":"demo","snap-id":"demo-id","revision":"33"}],"current":"33","migrated-hidden":false,"migrated-exposed-home":false}',
  );
});

t.test('B30: where unlinking fails, the old revision is linked at once', async (t) => {
  let isBroken = false;
  const { device, life } = await installed(t, [1], {
    power: {
      fail: ({ op, path }) =>
        isBroken && op === 'remove' && path.endsWith('/snap/demo/current') ? new Error('boom') : undefined,
    },
  });
  const before = await device.picture();
  const plan = await installPlan(device, life, 2);
  isBroken = true;
  t.equal(errorOf(await life.run(plan)), 'unlink-current-snap: boom');
  t.match(life.records.get('demo'), { active: true, current: '1' });
  t.strictSame(await device.picture(), before);
});

t.test('B32-B34: undone, a revision that was new is taken out, one that was there stays where it was', async (t) => {
  const { device, life } = await installed(t, [1, 2]);
  const record = life.records.get('demo');
  t.match(errorOf(await life.run(failingAt(await installPlan(device, life, 3), 'link-snap'))), /^fail/);
  t.strictSame(life.records.get('demo')?.sequence, record?.sequence);
  t.match(errorOf(await life.run(failingAt(await installPlan(device, life, 1), 'link-snap'))), /^fail/);
  t.strictSame(life.records.get('demo')?.sequence, record?.sequence);
  if (record !== undefined) life.records.put({ ...record, refreshInhibitedTime: '2026-01-01T00:00:00Z' });
  await installRevisions(device, life, [3]);
  t.equal(life.records.get('demo')?.refreshInhibitedTime, undefined);
});

t.test('while a snap is refreshed its programs are not started; a link lets them again', async (t) => {
  const { device, life, files } = await installed(t, [1]);
  const hint = async () => (await files())['var/lib/snapd/inhibit/demo.lock'];
  const seen: unknown[] = [];
  const plan = await installPlan(device, life, 2);
  const looking = await device.start({
    handlers: (known) => ({
      ...known,
      'setup-profiles': {
        async do() {
          seen.push(await hint(), (await files())['var/lib/snapd/inhibit/demo.refresh']);
          return { kind: 'done' };
        },
      },
    }),
  });
  t.equal(errorOf(await looking.run(plan)), '');
  t.strictSame(seen, ['644 refresh', '644 {"previous":"1"}']);
  t.equal(await hint(), '644 ');
  await looking.run(planDisable(looking.view(), 'demo'));
  t.equal(await hint(), '644 disable');
  await looking.run(planEnable(looking.view(), 'demo'));
  t.equal(await hint(), '644 ');
});

t.test(
  'what the launcher starts: kept through a refresh for services, exchanged by the link, gone with the snap',
  async (t) => {
    const { device, life, files } = await installed(t, [1]);
    const launches = async () =>
      Object.keys(await files()).filter((name) => name.startsWith('var/lib/snapd/launch/demo'));
    t.strictSame(await launches(), ['var/lib/snapd/launch/demo_1']);
    const text = await readFile(join(device.root, 'var/lib/snapd/launch/demo_1'), 'utf8');
    t.match(text, /^holdfast-launch 1\ninstance demo\nrevision 1\nconfinement devmode\nbase core22\n/);
    t.match(text, '\napp tool\nset SNAP_APP_NAME=tool\ncommand bin/tool\n');
    t.match(text, '\nhook configure\nhook install\nend\n', 'hooks that are only files are in it');
    const plan = await installPlan(device, life, 2);
    const seen: unknown[] = [];
    const looking = await device.start({
      handlers: (known) => ({
        ...known,
        'setup-profiles': {
          async do() {
            seen.push(await launches());
            return { kind: 'done' };
          },
        },
      }),
    });
    t.equal(errorOf(await looking.run(plan)), '');
    t.strictSame(seen, [['var/lib/snapd/launch/demo_1']]);
    t.strictSame(await launches(), ['var/lib/snapd/launch/demo_2']);
    await looking.run(planRevert(looking.view(), { name: 'demo' }));
    t.strictSame(await launches(), ['var/lib/snapd/launch/demo_1']);
    await looking.run(planDisable(looking.view(), 'demo'));
    t.strictSame(await launches(), []);
    await looking.run(planEnable(looking.view(), 'demo'));
    t.equal(await readFile(join(device.root, 'var/lib/snapd/launch/demo_1'), 'utf8'), text);
  },
);

t.test('enabling after a revert moves nothing in the sequence', async (t) => {
  const { device, life } = await installed(t, [1, 2]);
  await life.run(planRevert(life.view(), { name: 'demo' }));
  const record = life.records.get('demo');
  await life.run(planDisable(life.view(), 'demo'));
  t.equal(life.records.get('demo')?.active, false);
  t.equal(errorOf(await life.run(planEnable(life.view(), 'demo'))), '');
  t.strictSame(life.records.get('demo'), record);
  t.match(await readFile(join(device.root, 'var/lib/snapd/sequence/demo.json'), 'utf8'), /"current":"1"/);
});

t.test('15.3: running programs stop a refresh, unless they do not mind or nobody does', async (t) => {
  const running: Running = { apps: ['tool'], hooks: [], pids: [1234] };
  const device = await testDevice(t);
  const life = await device.start({ world: { running: async () => running } });
  await installRevisions(device, life, [1]);
  const before = await device.picture();
  t.equal(
    errorOf(await life.run(await installPlan(device, life, 2))),
    'unlink-current-snap: snap "demo" has running apps (tool), pids: 1234',
  );
  t.strictSame(await device.picture(), before);
  const patient = demoYaml('2').replace(
    'tool: {command: bin/tool}',
    'tool: {command: bin/tool, refresh-mode: ignore-running}',
  );
  const plan = await installPlan(device, life, 2, patient);
  t.match(errorOf(await life.run(plan)), /^unlink-current-snap/, 'the revision that runs says so, and not the new one');
  const other = await testDevice(t);
  const calm = await other.start({ world: { running: async () => running } });
  t.equal(errorOf(await calm.run(await installPlan(other, calm, 1, patient))), '');
  t.equal(errorOf(await calm.run(await installPlan(other, calm, 2))), '');
});

t.test('B19, D11: configuration goes with the revision', async (t) => {
  const { device, life } = await installed(t, [1]);
  const { configs } = life.world;
  life.configure('demo', { count: 100 });
  await installRevisions(device, life, [2]);
  life.configure('demo', { count: 200 });
  t.match(errorOf(await life.run(failingAfter(await installPlan(device, life, 3)))), /^fail/);
  t.strictSame(configs.read('demo'), { count: 200 });
  t.strictSame(configs.read('demo/2'), {}, 'nothing is left of what failed');
  await life.run(planRevert(life.view(), { name: 'demo' }));
  t.strictSame(
    ['demo', 'demo/1', 'demo/2'].map((name) => configs.read(name)['count']),
    [100, 100, 200],
  );
  life.configure('demo', { count: 150 });
  t.match(errorOf(await life.run(failingAfter(planRevert(life.view(), { name: 'demo', revision: '2' })))), /^fail/);
  t.strictSame(
    ['demo', 'demo/1', 'demo/2'].map((name) => configs.read(name)['count']),
    [150, 100, 200],
  );
});
