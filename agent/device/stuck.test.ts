/**
 * The medium takes no commit any more, from any one of an install on: the change stands still, goes on when somebody asks for
 * something after there is room again, and comes to its end as if nothing had been.
 */
import t from 'tap';
import { changeError, statusOf } from '../engine/status.ts';
import { demo, Stage } from '../fixture-scenes.ts';
import { DatabaseError } from '../system/database-error.ts';

t.test('no commit of an install is too late to be refused', async (t) => {
  let room = Number.POSITIVE_INFINITY;
  const stage = await Stage.open(t, {
    onWrite({ op }, moment) {
      if (op === 'commit' && moment === 'before' && room-- <= 0) throw new DatabaseError('no-space', 'commit');
    },
  });
  const { machine } = stage;
  const { changes, runner } = machine.device.parts;
  let stuck = 0;
  for (let commits = 1; ; commits++) {
    const request = await stage.installing(demo('1'));
    room = commits;
    const id = await stage.begin(request);
    await machine.until(() => !runner.busy && !machine.device.isAtWork);
    room = Number.POSITIVE_INFINITY;
    if (changes.open().length === 0) break;
    stuck += 1;
    await t.rejects(machine.device.request({ action: 'unhold', names: [] }), { code: 'conflict' });
    await machine.settled();
    const change = changes.get(id);
    t.equal(changeError(change?.tasks ?? []), undefined, `${commits} commits`);
    t.equal(change === undefined ? '' : statusOf(change), 'Done', `${commits} commits`);
    await stage.must({ action: 'remove', names: ['demo'], purge: true });
  }
  t.ok(stuck >= 8, `${stuck} commits that were refused`);
});
