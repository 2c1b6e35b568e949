/** What a person does about aliases, on a device. */
import t, { type Test } from 'tap';
import { type AliasRequest, planAliases } from '../plan/aliases.ts';
import { planDisable, planEnable } from '../plan/enable.ts';
import { planInstall } from '../plan/install.ts';
import { planRemove } from '../plan/remove.ts';
import type { SnapRecord } from '../record/model.ts';
import { errorOf, type Life, type TestDevice, testDevice } from './testing.ts';
import { demoYaml, failingAfter, installPlan, installRevisions, otherYaml } from './testing-scenes.ts';

/** Two snaps with aliases, whose links are there; automatic ones are as records have them. */
async function scene(t: Test, aliases: Readonly<Record<string, Partial<SnapRecord>>> = {}) {
  const device = await testDevice(t);
  const life = await device.start();
  await installRevisions(device, life, [1]);
  const other = await device.upload(otherYaml, { signed: { snapId: 'other-id', revision: '1' } });
  await life.run(planInstall(life.view(), { files: [other], dangerous: false, flags: {} }));
  for (const [instance, more] of Object.entries(aliases)) {
    const record = life.records.get(instance);
    if (record !== undefined) life.records.put({ ...record, ...more });
    await life.run(planDisable(life.view(), instance));
    await life.run(planEnable(life.view(), instance));
  }
  return { device, life, ...tools(device, life) };
}

function tools(device: TestDevice, life: Life) {
  const own = /^snap\/bin\/(?!demo|other)(.*)$/;
  return {
    ask: (request: AliasRequest) => life.run(planAliases(life.view(), request)),
    /** The links there are, by alias. */
    links: async () => {
      const { files } = await device.picture();
      const found = Object.entries(files).flatMap(([path, what]) => {
        const name = own.exec(path)?.[1];
        return name === undefined ? [] : [[name, what] as const];
      });
      return Object.fromEntries(found);
    },
    recordOf: (instance: string) => {
      const { aliases, autoAliasesDisabled } = life.records.get(instance) ?? {};
      return { aliases, autoAliasesDisabled };
    },
  };
}

const alias = (app: string, name: string, snap = 'demo'): AliasRequest => ({
  action: 'alias',
  name: snap,
  app,
  alias: name,
});

t.test('an alias is set, moved to another app, and removed; a client is told what came and went', async (t) => {
  const { ask, links, recordOf } = await scene(t);
  const dt = { snap: 'demo', app: 'tool', alias: 'd.t' };
  t.match(await ask(alias('tool', 'd.t')), {
    data: { 'aliases-added': [dt], 'aliases-removed': [], 'snap-names': ['demo'] },
  });
  t.strictSame(await links(), { 'd.t': '-> demo.tool' });
  const moved = await ask(alias('demo', 'd.t'));
  t.strictSame([moved.data['aliases-added'], moved.data['aliases-removed']], [[{ ...dt, app: 'demo' }], [dt]]);
  t.strictSame(await links(), { 'd.t': '-> demo' });
  const same = await ask(alias('demo', 'd.t'));
  t.strictSame([same.data['aliases-added'], same.data['aliases-removed']], [[], []]);
  const gone = await ask({ action: 'unalias', name: 'd.t', alias: 'd.t' });
  t.strictSame([gone.data['aliases-added'], gone.data['aliases-removed']], [[], [{ ...dt, app: 'demo' }]]);
  t.strictSame(await links(), {});
  t.strictSame(recordOf('demo').aliases, {});
});

t.test('M10: an alias to what is no command of the snap', async (t) => {
  const { ask, links, device } = await scene(t);
  const before = await device.picture();
  const why = async (request: AliasRequest) => errorOf(await ask(request));
  const start = 'alias: cannot enable alias "alias1" for "demo", target application';
  t.equal(await why(alias('cmdno', 'alias1')), `${start} "cmdno" does not exist`);
  t.equal(await why(alias('first', 'alias1')), `${start} "first" is a daemon`);
  t.equal(await why(alias('constructor', 'alias1')), `${start} "constructor" does not exist`);
  t.match(await why(alias('tool', 'demo')), /command namespace of installed snap "demo"$/);
  t.match(await why(alias('tool', 'other.tool')), /command namespace of installed snap "other"$/);
  t.strictSame(await device.picture(), before);
  t.strictSame(await links(), {});
});

t.test('M11: one that another snap has, also while that is disabled', async (t) => {
  const { ask, links, life } = await scene(t, { other: { aliases: { alias1: { auto: 'tool' } } } });
  const text = 'alias: cannot enable alias "alias1" for "demo", already enabled for "other"';
  t.equal(errorOf(await ask(alias('tool', 'alias1'))), text);
  t.strictSame(await links(), { alias1: '-> other.tool' });
  await life.run(planDisable(life.view(), 'other'));
  t.equal(errorOf(await ask(alias('tool', 'alias1'))), text);
});

t.test('M12: one over an automatic one, which comes back', async (t) => {
  const { ask, links, recordOf } = await scene(t, { demo: { aliases: { alias1: { auto: 'demo' } } } });
  t.strictSame(await links(), { alias1: '-> demo' });
  await ask(alias('tool', 'alias1'));
  t.strictSame(await links(), { alias1: '-> demo.tool' });
  t.strictSame(recordOf('demo').aliases, { alias1: { manual: 'tool', auto: 'demo' } });
  t.match(await ask({ action: 'unalias', name: '', alias: 'alias1' }), {
    data: { 'aliases-added': [{ app: 'demo' }], 'aliases-removed': [{ app: 'tool' }] },
  });
  t.strictSame(await links(), { alias1: '-> demo' });
  t.strictSame(recordOf('demo'), { aliases: { alias1: { auto: 'demo' } }, autoAliasesDisabled: false });
});

const mixed = { alias1: { manual: 'tool', auto: 'demo' }, alias2: { auto: 'tool' }, alias3: { manual: 'demo' } };

t.test('M13, M14: all of them are switched off, and the automatic ones on again', async (t) => {
  const { ask, links, recordOf } = await scene(t, { demo: { aliases: mixed } });
  t.strictSame(await links(), { alias1: '-> demo.tool', alias2: '-> demo.tool', alias3: '-> demo' });
  const off = await ask({ action: 'unalias', name: 'demo', alias: 'demo' });
  t.strictSame(await links(), {});
  t.strictSame(recordOf('demo'), {
    aliases: { alias1: { auto: 'demo' }, alias2: { auto: 'tool' } },
    autoAliasesDisabled: true,
  });
  t.match(off.data['aliases-removed'], [{ alias: 'alias1' }, { alias: 'alias2' }, { alias: 'alias3' }]);
  const on = await ask({ action: 'prefer', name: 'demo' });
  t.strictSame(await links(), { alias1: '-> demo', alias2: '-> demo.tool' });
  t.equal(recordOf('demo').autoAliasesDisabled, false);
  t.match(on.data['aliases-added'], [{ alias: 'alias1' }, { alias: 'alias2' }]);
  const again = await ask({ action: 'prefer', name: 'demo' });
  t.strictSame([errorOf(again), again.data['aliases-added']], ['', []], 'nothing is left to do');
});

t.test('a snap that is preferred takes what it needs, and the others give all of theirs up', async (t) => {
  const { ask, links, recordOf } = await scene(t, {
    demo: { aliases: { x: { auto: 'tool' }, y: { auto: 'demo' } }, autoAliasesDisabled: true },
    other: { aliases: { x: { manual: 'tool' }, z: { auto: 'tool' }, w: { manual: 'tool' } } },
  });
  t.strictSame(await links(), { w: '-> other.tool', x: '-> other.tool', z: '-> other.tool' });
  const change = await ask({ action: 'prefer', name: 'demo' });
  t.strictSame(await links(), { x: '-> demo.tool', y: '-> demo' });
  t.strictSame(recordOf('other'), { aliases: { z: { auto: 'tool' } }, autoAliasesDisabled: true });
  const names = (key: string) =>
    (change.data[key] as { snap: string; alias: string }[]).map((a) => `${a.snap} ${a.alias}`).sort();
  t.strictSame(names('aliases-removed'), ['other w', 'other x', 'other z']);
  t.strictSame(names('aliases-added'), ['demo x', 'demo y']);
});

t.test('a snap that comes in the way after the plan was made keeps its own', async (t) => {
  const { life, links, device } = await scene(t, {
    demo: { aliases: { x: { auto: 'tool' } }, autoAliasesDisabled: true },
  });
  const plan = planAliases(life.view(), { action: 'prefer', name: 'demo' });
  await life.run(planAliases(life.view(), alias('tool', 'x', 'other')));
  const before = await device.picture();
  const text = 'prefer-aliases: cannot enable alias "x" for "demo", already enabled for "other"';
  t.equal(errorOf(await life.run(plan)), text);
  t.strictSame(await device.picture(), before);
  t.strictSame(await links(), { x: '-> other.tool' });
});

t.test('an alias of a disabled snap comes when it is enabled, and none stays when it is removed', async (t) => {
  const { life, ask, links, recordOf } = await scene(t);
  await life.run(planDisable(life.view(), 'demo'));
  t.equal(errorOf(await ask(alias('tool', 'dt'))), '');
  t.strictSame([recordOf('demo').aliases, await links()], [{ dt: { manual: 'tool' } }, {}]);
  await life.run(planEnable(life.view(), 'demo'));
  t.strictSame(await links(), { dt: '-> demo.tool' });
  await life.run(planDisable(life.view(), 'demo'));
  await ask({ action: 'unalias', name: 'demo', alias: '' });
  await ask(alias('demo', 'du'));
  await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1 }));
  t.strictSame(await links(), {});
});

t.test('a snap that cannot be read gets no alias, and can lose them', async (t) => {
  const { device } = await scene(t, { demo: { aliases: mixed } });
  const blind = await device.start({ world: { mounted: { read: async () => undefined } } });
  const { ask, links } = tools(device, blind);
  t.match(
    errorOf(await ask(alias('tool', 'dt'))),
    /^alias: cannot set up aliases of snap "demo": its revision 1 cannot/,
  );
  t.match(errorOf(await ask({ action: 'unalias', name: '', alias: 'alias1' })), /its revision 1 cannot be read$/);
  t.match(await links(), { alias1: '-> demo.tool' });
  t.equal(errorOf(await ask({ action: 'unalias', name: '', alias: 'alias3' })), '');
  t.equal(errorOf(await ask({ action: 'unalias', name: 'demo', alias: '' })), '');
  t.strictSame(await links(), {});
});

t.test('what somebody else has put in the place of an alias is left alone', async (t) => {
  const { life, ask, links } = await scene(t, { demo: { aliases: mixed } });
  await life.world.disk.swapSymlink('/opt/mine', `${life.world.layout.root}/snap/bin/alias2`);
  t.equal(errorOf(await ask({ action: 'unalias', name: 'demo', alias: '' })), '');
  t.strictSame(await links(), { alias2: '-> /opt/mine' });
});

t.test('a failed refresh takes no alias back from who got it meanwhile', async (t) => {
  const { device } = await scene(t, { demo: { aliases: { x: { manual: 'tool' }, y: { manual: 'demo' } } } });
  const life: Life = await device.start({
    handlers: (known, { disk, layout }) => ({
      ...known,
      fail: {
        async do() {
          const other = life.records.get('other');
          if (other !== undefined) life.records.put({ ...other, aliases: { x: { manual: 'tool' } } });
          await disk.swapSymlink('other.tool', `${layout.root}/snap/bin/x`);
          throw new Error('it fails here');
        },
      },
    }),
  });
  const without = demoYaml('2').replace(/ {2}tool:.*\n/, '');
  const change = await life.run(failingAfter(await installPlan(device, life, 2, without)));
  t.equal(errorOf(change), 'fail: it fails here');
  const { links, recordOf } = tools(device, life);
  t.strictSame(await links(), { x: '-> other.tool' });
  t.strictSame(recordOf('demo'), { aliases: {}, autoAliasesDisabled: true });
  const log = change.tasks.find(({ kind }) => kind === 'set-auto-aliases')?.log.join('\n');
  t.match(log, /cannot reinstate alias state because of conflicts, disabling: .* already enabled for "other"$/);
});
