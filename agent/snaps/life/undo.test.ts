/** A failure right after any task of any change leaves files, links, units and tables as they were. */
import t from 'tap';
import type { Change } from '../../engine/model.ts';
import { testDevice } from './testing.ts';
import { failingAfter, scenes } from './testing-scenes.ts';

/** What did not end as it should where the last task fails. */
function wrong({ tasks }: Change): string[] {
  return tasks
    .filter(({ status, kind }) => (kind === 'fail' ? status !== 'Error' : !['Undone', 'Done'].includes(status)))
    .map(({ kind, status, log }) => `${kind} ${status} ${log.join('; ')}`);
}

for (const scene of scenes) {
  t.test(`${scene.title}: undone after each task`, async (t) => {
    const device = await testDevice(t);
    const life = await device.start();
    await scene.before(device, life);
    const plan = await scene.plan(device, life);
    const { tasks } = plan;
    const before = await device.picture();
    for (let count = 1; count <= tasks.length; count++) {
      const change = await life.run(failingAfter(await scene.plan(device, life), count));
      const what = `${count}. ${tasks[count - 1]?.kind}`;
      t.strictSame(wrong(change), [], `${what}: only the last one fails`);
      t.strictSame(await device.picture(), before, `${what}: and all is as it was`);
    }
    const change = await life.run(plan);
    t.strictSame(
      change.tasks.flatMap(({ kind, status, log }) => (status === 'Done' ? [] : [kind, status, ...log])),
      [],
      'after which it can be done',
    );
    t.notSame(await device.picture(), before);
  });
}
