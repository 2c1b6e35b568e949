/** Removing, and what stays (lifecycle-vectors.md, section E; snaps.md §21). */
import t from 'tap';
import type { SnapType } from '../../../images/snap/index.ts';
import { planDisable } from './enable.ts';
import { planRemove, type RemoveRequest } from './remove.ts';
import { bootSnaps, comesAfter, findTasks, installed, kinds, type Scene, viewOf } from './testing.ts';

const remove = (scene: Scene, more: Partial<RemoveRequest> = {}) =>
  planRemove(viewOf(scene), { names: ['some-snap'], snapshotSet: 1, ...more });
const one = { snaps: [installed('some-snap', [5, 3, 7])] };

t.test('E1: the revision in use goes last', (t) => {
  const plan = remove(one);
  const order = findTasks(plan, 'discard-snap').map(({ data }) => data?.['revision']);
  t.strictSame(order, ['3', '5', '7']);
  t.strictSame(
    findTasks(plan, 'clear-snap').map(({ data }) => data?.['revision']),
    order,
  );
  t.end();
});

t.test('E2, E8: one of several revisions, without the remove hook', (t) => {
  const plan = remove(one, { revision: '3' });
  t.strictSame(kinds(plan), ['clear-snap', 'discard-snap']);
  t.ok(plan.tasks.every(({ data }) => data?.['revision'] === '3'));
  t.end();
});

t.test('E4, E5: revisions that cannot be removed', (t) => {
  const message = 'cannot remove active revision 7 of snap "some-snap" (revert first?)';
  t.throws(() => remove(one, { revision: '7' }), { message }, 'E4');
  const missing = { code: 'not-installed', message: 'revision 1 of snap "some-snap" is not installed' };
  t.throws(() => remove(one, { revision: '1' }), missing, 'E5');
  t.throws(() => remove({}), { code: 'not-installed', message: 'snap "some-snap" is not installed' });
  t.throws(() => remove({}, { names: [] }), { message: 'cannot remove zero snaps' });
  t.end();
});

t.test('E6: the only revision, by its number', (t) => {
  const single = { snaps: [installed('some-snap', [7])] };
  t.strictSame(kinds(remove(single, { revision: '7' })), kinds(remove(single)));
  const off = { snaps: [installed('some-snap', [7], { active: false })] };
  t.strictSame(kinds(remove(off)), [
    'run-hook[remove]',
    'auto-disconnect',
    'save-snapshot',
    'clear-snap',
    'discard-snap',
  ]);
  t.end();
});

const boot = (bootUsed: string[] = []): Scene => ({
  snaps: [
    installed('pc-kernel', [1, 2], { type: 'kernel' }),
    installed('pc', [1], { type: 'gadget' }),
    installed('core20', [1, 2], { type: 'base' }),
  ],
  bootUsed,
});

t.test('E7: what the model names', (t) => {
  const refused = (name: string, why: string) => ({
    code: 'not-removable',
    message: `snap "${name}" is not removable: ${why}`,
  });
  for (const name of ['pc-kernel', 'pc', 'core20']) {
    t.throws(() => remove(boot(), { names: [name] }), refused(name, 'snap is used by the model'), name);
  }
  t.throws(
    () => remove(boot(), { names: ['pc'], revision: '1' }),
    refused('pc', 'snap is used by the model'),
    'E7: its last one',
  );
  t.doesNotThrow(() => remove(boot(), { names: ['pc-kernel'], revision: '1' }));
  const used = boot(['pc-kernel_1', 'core20_1']);
  for (const name of ['pc-kernel', 'core20']) {
    t.throws(() => remove(used, { names: [name], revision: '1' }), refused(name, 'snap is being used for boot'), name);
  }
  const other = { snaps: [installed('old-kernel', [1], { type: 'kernel' })] };
  t.doesNotThrow(() => remove(other, { names: ['old-kernel'] }), 'a kernel that the model does not name');
  t.throws(
    () => remove({ ...other, bootUsed: ['old-kernel_1'] }, { names: ['old-kernel'] }),
    refused('old-kernel', 'snap is being used for boot'),
  );
  t.end();
});

t.test('E12: another change works on the snap', (t) => {
  t.throws(() => remove({ ...one, conflicts: { 'some-snap': 'refresh' } }), { code: 'conflict' });
  t.end();
});

t.test('E13: no room to save its data', (t) => {
  const options = { checkDiskSpace: { install: false, refresh: false, remove: true } };
  const scene = { ...one, options, free: 1000 };
  const message = /^cannot create automatic snapshot when removing last revision of the snap: insufficient space/;
  t.throws(() => remove(scene), { code: 'no-space', message });
  t.doesNotThrow(() => remove(scene, { purge: true }));
  const two = { ...scene, snaps: [...one.snaps, installed('other', [1])] };
  t.throws(() => remove(two, { names: ['some-snap', 'other'] }), {
    message:
      'insufficient space in "/var/lib/snapd" to perform "remove" change for the following snaps: some-snap, other',
  });
  t.end();
});

t.test('E14: a name that is given twice', (t) => {
  const twice = remove(one, { names: ['some-snap', 'some-snap'] });
  t.strictSame(kinds(twice), kinds(remove(one)));
  t.equal(twice.summary, 'Remove snap "some-snap"');
  const many = remove({ snaps: [...one.snaps, installed('other', [1])] }, { names: ['some-snap', 'other', 'gone'] });
  t.equal(many.summary, 'Remove snaps "some-snap", "other", "gone"');
  t.strictSame(many.data['snap-names'], ['some-snap', 'other']);
  t.strictSame(
    findTasks(many, 'unlink-snap').map(({ lanes }) => lanes),
    [[1], [2]],
    'one that fails leaves the other alone',
  );
  t.throws(() => remove(one, { names: ['some-snap', 'UP', 'a'] }), {
    message: 'cannot remove invalid snap names: UP, a',
  });
  t.end();
});

t.test('E15: a base that is needed', (t) => {
  const snaps = [
    installed('some-snap', [1], { base: 'some-base' }),
    installed('some-gadget', [1], { type: 'gadget', base: 'some-base' }),
    installed('some-base', [1], { type: 'base' }),
  ];
  const refused = (who: string) => ({ message: `snap "some-base" is not removable: snap is being used by ${who}.` });
  t.throws(() => remove({ snaps }, { names: ['some-base'] }), refused('snaps some-gadget and some-snap'));
  t.throws(() => remove({ snaps }, { names: ['some-base', 'some-snap'] }), refused('snap some-gadget'));
  const plan = remove({ snaps }, { names: ['some-snap', 'some-gadget', 'some-base'] });
  const [begin] = findTasks(plan, 'stop-snap-services', 'some-base');
  const after = comesAfter(plan, begin?.place ?? 0);
  for (const name of ['some-snap', 'some-gadget'])
    t.ok(after.has(findTasks(plan, 'discard-snap', name)[0]?.place ?? -1), name);
  const many = Array.from({ length: 7 }, (_, i) => installed(`app-${i}`, [1], { base: 'some-base' }));
  const some = [...many, installed('some-base', [1], { type: 'base' })];
  t.throws(
    () => remove({ snaps: some }, { names: ['some-base'] }),
    refused('snaps app-0, app-1, app-2, app-3, app-4 and 2 more'),
  );
  t.end();
});

t.test('E16, E17: running programs are ended, where all of the snap goes', (t) => {
  const plan = remove(one, { terminate: true });
  const list = kinds(plan);
  t.strictSame(list.slice(2, 5), ['auto-disconnect', 'kill-snap-apps', 'save-snapshot'], 'E16');
  const message = 'cannot terminate running apps unless all revisions are removed';
  t.throws(() => remove(one, { terminate: true, revision: '3' }), { message }, 'E17');
  t.end();
});

t.test('E20: what other snaps and the device need cannot be disabled', (t) => {
  for (const type of ['gadget', 'kernel', 'os', 'base'] satisfies SnapType[]) {
    const scene = { snaps: [installed('some-snap', [1], { type })] };
    t.throws(() => planDisable(viewOf(scene), 'some-snap'), { message: 'snap "some-snap" cannot be disabled' }, type);
  }
  t.end();
});

t.test('the rest of the policy', (t) => {
  const why = (scene: Scene, name: string) => {
    try {
      remove(scene, { names: [name] });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message.replace(/^.*not removable: /, '') : undefined;
    }
  };
  const required = { flags: { required: true } };
  t.equal(why({ snaps: [installed('some-snap', [1], required)] }, 'some-snap'), 'snap is required');
  t.equal(why({ snaps: [installed('core22', [1], { type: 'base', ...required })] }, 'core22'), 'snap is required');
  const snapd = installed('snapd', [1], { type: 'snapd' });
  t.equal(why({ snaps: [snapd] }, 'snapd'), 'snapd required on core devices');
  const classic = { device: { classic: true, model: {} } };
  t.equal(why({ snaps: [snapd], ...classic }, 'snapd'), undefined);
  t.equal(why({ snaps: [snapd, ...one.snaps], ...classic }, 'snapd'), 'remove all other snaps first');
  const core = installed('core', [1], { type: 'os' });
  t.equal(why({ snaps: [core], ...classic }, 'core'), 'core snap cannot be removed if snapd snap is not installed');
  t.equal(why({ snaps: [core, snapd], ...classic }, 'core'), undefined);
  t.equal(why({ snaps: [core, snapd, ...one.snaps], ...classic }, 'core'), 'snap is being used by snap some-snap.');
  t.equal(why({ snaps: [core], device: { model: {} } }, 'core'), 'snap is used by the model', 'UC16');
  const ephemeral = 'no snaps are removable in any of the ephemeral modes';
  t.equal(why({ ...one, device: { runMode: false } }, 'some-snap'), ephemeral);
  t.equal(why({ snaps: bootSnaps(), device: { runMode: false } }, 'pc'), ephemeral);
  t.end();
});
