/** Aliases through the life of a snap. */
import t from 'tap';
import { planDisable, planEnable } from '../plan/enable.ts';
import { planRemove } from '../plan/remove.ts';
import { installed } from '../plan/testing.ts';
import { errorOf, testDevice } from './testing.ts';
import { demoYaml, failingAfter, installPlan, installRevisions } from './testing-scenes.ts';

t.test('aliases come with a snap, go while it is disabled, and go with it', async (t) => {
  const device = await testDevice(t);
  const life = await device.start({
    world: { autoAliases: (name) => (name === 'demo' ? { dm: 'demo', dt: 'tool' } : {}) },
  });
  const aliases = async () => {
    const { files } = await device.picture();
    return ['dm', 'dt'].map((name) => files[`snap/bin/${name}`]);
  };
  await installRevisions(device, life, [1]);
  t.strictSame(await aliases(), ['-> demo', '-> demo.tool']);
  t.strictSame(life.records.get('demo')?.aliases, { dm: { auto: 'demo' }, dt: { auto: 'tool' } });
  const without = demoYaml('2').replace(/ {2}tool:.*\n/, '');
  t.equal(errorOf(await life.run(await installPlan(device, life, 2, without))), '');
  t.strictSame(await aliases(), ['-> demo', undefined]);
  await life.run(planDisable(life.view(), 'demo'));
  t.strictSame(await aliases(), [undefined, undefined]);
  t.equal(life.records.get('demo')?.aliasesPending, true);
  const before = await device.picture();
  t.match(errorOf(await life.run(failingAfter(planEnable(life.view(), 'demo')))), /^fail/);
  t.strictSame(await device.picture(), before);
  await life.run(planEnable(life.view(), 'demo'));
  t.strictSame(await aliases(), ['-> demo', undefined]);
  t.equal(life.records.get('demo')?.aliasesPending, false);
  t.equal(errorOf(await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1 }))), '');
  t.strictSame(await aliases(), [undefined, undefined]);
});

t.test('an install without aliases has none; one whose alias is taken fails', async (t) => {
  const device = await testDevice(t);
  const life = await device.start({ world: { autoAliases: () => ({ dm: 'demo' }) } });
  const { tasks, ...plan } = await installPlan(device, life, 1);
  const [first, ...rest] = tasks;
  const setup = first?.data?.['snap-setup'];
  if (first === undefined || typeof setup !== 'object') throw new Error('it carries no setup');
  const unaliased = { ...first, data: { ...first.data, 'snap-setup': { ...setup, unaliased: true } } };
  t.equal(errorOf(await life.run({ ...plan, tasks: [unaliased, ...rest] })), '');
  t.match(life.records.get('demo'), { autoAliasesDisabled: true, aliases: { dm: { auto: 'demo' } } });
  t.notOk('snap/bin/dm' in (await device.picture()).files);
  await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1 }));
  life.records.put(installed('other', [1], { aliases: { dm: { manual: 'x' } } }));
  t.equal(
    errorOf(await life.run(await installPlan(device, life, 1))),
    'set-auto-aliases: cannot enable alias "dm" for "demo", already enabled for "other"',
  );
});

t.test('what somebody else has put in the place of an alias is left alone', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  await installRevisions(device, life, [1]);
  const known = life.records.get('demo');
  if (known !== undefined) life.records.put({ ...known, aliases: { dm: { manual: 'demo' } } });
  await life.world.disk.swapSymlink('/opt/dm', `${device.root}/snap/bin/dm`);
  await life.run(planDisable(life.view(), 'demo'));
  t.equal((await device.picture()).files['snap/bin/dm'], '-> /opt/dm');
});
