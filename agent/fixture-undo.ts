/** For tests on a whole device: a failure right after any task leaves files, links, units, tables and what boots as they were. */
import type { Test } from 'tap';
import { planRequest } from './device/request.ts';
import { statusOf } from './engine/status.ts';
import { failingAfter, notUndone, type Scene, Stage } from './fixture-scenes.ts';

export async function undoesEach(t: Test, scene: Scene): Promise<void> {
  const stage = await Stage.open(t);
  const { machine } = stage;
  await scene.before(stage);
  await machine.bootUntilRest();
  const before = await stage.picture();
  const { tasks } = await planRequest(machine.device.parts, await scene.request(stage), true);
  await machine.start();
  t.strictSame(await stage.picture(), before, 'what was only planned leaves nothing behind');
  for (let count = 1; count <= tasks.length; count++) {
    const change = await stage.run(await scene.request(stage), failingAfter(count));
    // The upload of a snap whose tasks were all cut off is nobody's, and goes with the next start.
    await machine.start();
    const what = `${count}. ${tasks[count - 1]?.kind}`;
    t.strictSame(notUndone(change), [], `${what}: only the last one fails`);
    t.strictSame(await stage.picture(), before, `${what}: and all is as it was`);
  }
  const change = await stage.run(await scene.request(stage));
  t.equal(statusOf(change), 'Done', 'after which it can be done');
  t.notSame(await stage.picture(), before);
}
