/** Going back (lifecycle-vectors.md, section D). */
import t from 'tap';
import type { SnapFlags } from '../record/model.ts';
import { planRevert, type RevertRequest } from './revert.ts';
import { setupIn } from './setup.ts';
import { bootSnaps, findTasks, installed, type Scene, viewOf } from './testing.ts';

const revert = (scene: Scene, more: Partial<RevertRequest> = {}) =>
  planRevert(viewOf(scene), { name: 'some-snap', ...more });
const at = (revisions: (number | string)[], current: string, flags: SnapFlags = {}) => ({
  snaps: [installed('some-snap', revisions, { current, flags })],
});

t.test('D1, D2: nothing to go back to', (t) => {
  t.throws(() => revert(at([7], '7')), { message: 'no revision to revert to' }, 'D1');
  t.throws(() => revert(at([7, 77], '7')), { message: 'no revision to revert to' }, 'D2');
  t.throws(() => revert({}), { code: 'not-installed' });
  t.end();
});

t.test('D3, D4: a revision that it cannot go to', (t) => {
  t.throws(
    () => revert(at([2, 7], '7'), { revision: '99' }),
    { message: 'cannot find revision 99 for snap "some-snap"' },
    'D3',
  );
  t.throws(() => revert(at([2, 7], '7'), { revision: '7' }), { message: 'already on requested revision' }, 'D4');
  const off = { snaps: [installed('some-snap', [2, 7], { active: false })] };
  t.throws(() => revert(off), { message: 'cannot revert inactive snaps' });
  t.throws(() => planRevert({ ...viewOf(at([2, 7], '7')), facts: () => undefined }, { name: 'some-snap' }), {
    code: 'damaged',
  });
  t.end();
});

t.test('D5: forward, by its number', (t) => {
  const plan = revert(at([2, 7], '2'), { revision: '7' });
  t.match(setupIn(plan.tasks[0]?.data ?? {}), {
    operation: 'revert',
    side: { revision: '7' },
    previous: '2',
    revert: 'default',
  });
  t.equal(plan.kind, 'revert-snap');
  t.equal(plan.summary, 'Revert "some-snap" snap');
  t.end();
});

t.test('D12: the mode of the snap stays', (t) => {
  for (const flags of [{ devmode: true }, { jailmode: true }, { classic: true }]) {
    t.strictSame(setupIn(revert(at([2, 7], '7', flags)).tasks[0]?.data ?? {}).flags, flags);
  }
  const asked = revert(at([2, 7], '7', { devmode: true }), { flags: { jailmode: true } });
  t.strictSame(setupIn(asked.tasks[0]?.data ?? {}).flags, { jailmode: true });
  t.end();
});

t.test('D13: local revisions, too; and nothing is discarded', (t) => {
  const plan = revert(at(['x1', 'x2'], 'x2'));
  t.equal(setupIn(plan.tasks[0]?.data ?? {}).side.revision, 'x1');
  t.strictSame(findTasks(plan, 'discard-snap'), []);
  t.end();
});

t.test('what runs or is worked on is left alone', (t) => {
  const running = () => ({ apps: ['app'], hooks: [], pids: [1] });
  t.throws(() => revert({ ...at([2, 7], '7'), running }), { code: 'busy' });
  t.doesNotThrow(() => revert({ ...at([2, 7], '7'), running }, { ignoreRunning: true }));
  t.throws(() => revert({ ...at([2, 7], '7'), conflicts: { 'some-snap': 'x' } }), { code: 'conflict' });
  t.end();
});

t.test('a kernel goes back by a trial as well', (t) => {
  const kernel = installed('pc-kernel', [1, 2], { type: 'kernel' });
  const snaps = [...bootSnaps().filter(({ type }) => type !== 'kernel'), kernel];
  const plan = revert({ snaps }, { name: 'pc-kernel' });
  const [link] = findTasks(plan, 'link-snap');
  t.match(link, { boundary: 'do', data: { trial: { kernel: 'pc-kernel_1.snap' } } });
  const slots = new Set(['base'] as const);
  t.throws(() => revert({ snaps, device: { slots } }, { name: 'pc-kernel' }), {
    message: 'cannot revert "pc-kernel": the boot script of this device cannot try a kernel',
  });
  t.end();
});
