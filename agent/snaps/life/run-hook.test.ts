import t, { type Test } from 'tap';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { planInstall } from '../plan/install.ts';
import { planRemove } from '../plan/remove.ts';
import { hookCommand } from './hook-environment.ts';
import { errorOf, testDevice } from './testing.ts';
import { demoFiles, demoYaml, installPlan, installRevisions } from './testing-scenes.ts';

async function installed(t: Test, revisions: readonly number[]) {
  const device = await testDevice(t);
  const life = await device.start();
  await installRevisions(device, life, revisions);
  return { device, life };
}

const hookOf = (path: string | undefined) => path?.split('/').at(-1);

t.test('the hooks that are there run, in the order of the plan, each within its time', async (t) => {
  const { device } = await installed(t, [1]);
  t.strictSame(
    device.hooks.map(({ command, seconds }) => [command, seconds]),
    [
      [['/snap/demo/1/meta/hooks/install'], 600],
      [['/snap/demo/1/meta/hooks/configure'], 300],
    ],
  );
});

t.test('the old revision has its say before a refresh, and the health check has half a minute', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const hooks = ['pre-refresh', 'post-refresh', 'check-health', 'remove'];
  const files = { ...demoFiles, ...Object.fromEntries(hooks.map((name) => [`meta/hooks/${name}`, '#!/bin/sh\n'])) };
  for (const revision of ['1', '2']) {
    const file = await device.upload(demoYaml(revision), { signed: { snapId: 'demo-id', revision }, files });
    const plan = planInstall(life.view(), { files: [file], dangerous: false, flags: { devmode: true } });
    t.equal(errorOf(await life.run(plan)), '');
  }
  const ran = device.hooks.map(({ command: [path], seconds }) => `${path?.replace('/meta/hooks', '')} ${seconds}`);
  t.strictSame(ran.slice(3), [
    '/snap/demo/1/pre-refresh 600',
    '/snap/demo/2/post-refresh 600',
    '/snap/demo/2/configure 300',
    '/snap/demo/2/check-health 30',
  ]);
  device.onHook = ({ command: [path] }) => ({
    problem: hookOf(path) === 'remove' ? 'exit status 1' : undefined,
    output: ['it hurts'],
  });
  const change = await life.run(planRemove(life.view(), { names: ['demo'], snapshotSet: 1 }));
  const remove = change.tasks.find(({ kind }) => kind === 'run-hook');
  t.equal(errorOf(change), '', 'E1: what the remove hook says stops nothing');
  t.match(remove?.log.at(-1), /ERROR ignoring failure in hook "remove": it hurts\n<exit status 1>/);
});

t.test('B25: an install whose configure hook fails is undone, with what it printed', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const plan = await installPlan(device, life, 1);
  device.onHook = ({ command: [path] }) =>
    hookOf(path) === 'configure'
      ? { problem: 'exit status 2', output: ['one', 'two'] }
      : { problem: undefined, output: ['fine'] };
  const change = await life.run(plan);
  t.equal(errorOf(change), 'run-hook: run hook "configure": one\ntwo\n<exit status 2>');
  const status = (kind: string) => change.tasks.filter((task) => task.kind === kind).map((task) => task.status);
  t.strictSame(status('mount-snap'), ['Undone']);
  t.strictSame(status('run-hook'), ['Done', 'Done', 'Error', 'Hold']);
  t.match(change.tasks.find(({ kind }) => kind === 'run-hook')?.log, [/INFO fine$/]);
  t.equal(life.records.get('demo'), undefined);
});

t.test('nothing of a strict snap runs unconfined: it says so, and goes on', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const file = await device.upload(demoYaml('1').replace('confinement: devmode', 'confinement: strict'), {
    signed: { snapId: 'demo-id', revision: '1' },
    files: demoFiles,
  });
  const change = await life.run(planInstall(life.view(), { files: [file], dangerous: true, flags: {} }));
  t.equal(errorOf(change), '');
  t.strictSame(device.hooks, []);
  const notes = change.tasks.filter(({ kind }) => kind === 'run-hook').flatMap(({ log }) => log);
  t.equal(notes.length, 2);
  t.match(notes[0], /hook "install" of "demo" is not run: this version cannot confine it/);
});

t.test('what a snap asks to be connected to is said once in the log', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const change = await life.run(await installPlan(device, life, 1));
  const log = change.tasks.find(({ kind }) => kind === 'setup-profiles')?.log ?? [];
  t.match(log, [/INFO this version neither confines snaps nor connects plugs; of this one: network-bind$/]);
});

t.test('the environment of a hook', async (t) => {
  const yaml = `${demoYaml('1.0')}environment: {ONE: "$SNAP/one", PATH: "$SNAP/bin:$PATH"}
hooks:
  configure:
    command-chain: [bin/wrap]
    environment: {TWO: "\${ONE}/two $NONE"}
`;
  const place = { instance: 'demo_key', revision: '7' };
  const machine = { architecture: 'arm64', hasSaveFolder: false };
  const { command, env } = hookCommand(parseSnapInfo(yaml), 'configure', place, machine);
  t.strictSame(command, ['/snap/demo_key/7/bin/wrap', '/snap/demo_key/7/meta/hooks/configure']);
  t.match(env, {
    ...{ SNAP: '/snap/demo_key/7', SNAP_DATA: '/var/snap/demo_key/7', SNAP_COMMON: '/var/snap/demo_key/common' },
    ...{ SNAP_NAME: 'demo', SNAP_INSTANCE_NAME: 'demo_key', SNAP_INSTANCE_KEY: 'key', SNAP_REVISION: '7' },
    ...{ SNAP_VERSION: '1.0', SNAP_ARCH: 'arm64', SNAP_UID: '0', HOME: '/root/snap/demo_key/7' },
    ...{ XDG_RUNTIME_DIR: '/run/user/0/snap.demo_key', ONE: '/snap/demo_key/7/one', TWO: '/snap/demo_key/7/one/two ' },
  });
  t.match(env['PATH'], /^\/snap\/demo_key\/7\/bin:\/usr\/local\/sbin:/);
  t.notOk('SNAP_SAVE_DATA' in env);
  const saved = hookCommand(parseSnapInfo(yaml), 'configure', place, { ...machine, hasSaveFolder: true });
  t.equal(saved.env['SNAP_SAVE_DATA'], '/var/lib/snapd/save/snap/demo_key');
  const classic = parseSnapInfo(yaml.replace('confinement: devmode', 'confinement: classic'));
  t.equal(hookCommand(classic, 'configure', place, machine).env['HOME'], '/root');
});
