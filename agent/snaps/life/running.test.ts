import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { programOf, runningIn } from './running.ts';

const uuid = '0c5f4f1e-8a5b-4a53-9b0e-2a7f0c1d2e3f';

t.test('the program of a scope is told by its name', async (t) => {
  for (const [scope, expected] of [
    [`snap.demo.tool-${uuid}.scope`, { kind: 'app', name: 'tool' }],
    [`snap.demo.tool.${uuid}.scope`, { kind: 'app', name: 'tool' }],
    [`snap.demo.hook.configure-${uuid}.scope`, { kind: 'hook', name: 'configure' }],
    ['snap.demo.tool.scope', { kind: 'app', name: 'tool' }],
    [`snap.demo_key.tool-${uuid}.scope`, undefined],
    [`snap.demonstration.tool-${uuid}.scope`, undefined],
    ['snap.demo.first.service', undefined],
  ] as const) {
    t.strictSame(programOf(scope, 'demo'), expected, scope);
  }
});

t.test('programs with processes run; services, other snaps and empty groups do not count', async (t) => {
  const root = await temporaryDirectory(t);
  const group = async (path: string, pids: string) => {
    await mkdir(join(root, path), { recursive: true });
    await writeFile(join(root, path, 'cgroup.procs'), pids);
  };
  await group('system.slice/snap.demo.first.service', '1\n');
  await group(`user.slice/user-0.slice/snap.other.tool-${uuid}.scope`, '2\n');
  await group('system.slice/snap.demo.idle.scope', '');
  t.equal(await runningIn(root, 'demo'), undefined);
  await group(`user.slice/user-0.slice/user@0.service/app.slice/snap.demo.tool-${uuid}.scope`, '31\n32\n');
  await group('system.slice/snap.demo.hook.configure.scope', '40\n');
  const { apps, hooks, pids } = (await runningIn(root, 'demo')) ?? {};
  t.strictSame([apps, hooks, pids?.toSorted()], [['tool'], ['configure'], [31, 32, 40]]);
  t.equal(await runningIn(join(root, 'none'), 'demo'), undefined);
});
