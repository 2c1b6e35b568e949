/** For tests: the daemon is killed at durable writes of a change, and goes on when it starts again: forwards and backwards. */
import type { Test } from 'tap';
import type { Handlers } from '../../engine/handler.ts';
import { type Life, testDevice } from './testing.ts';
import { failingAfter, type Scene, scenes } from './testing-scenes.ts';

/** @param strides by the title of a scene: every so many moments of durable writes the power is cut */
export function survivesKills(t: Test, strides: Readonly<Record<string, number>>): void {
  for (const [title, stride] of Object.entries(strides)) {
    const scene = scenes.find((candidate) => candidate.title === title);
    t.test(`${title}: killed at any write`, (t) =>
      scene === undefined ? t.fail('no such scene') : holds(t, scene, stride),
    );
  }
}

async function end({ runner, changes, wasCut }: Life): Promise<string> {
  try {
    for (const { id } of changes.open()) await runner.run(id);
  } catch (error) {
    if (!wasCut()) throw error;
    return 'cut';
  } finally {
    if (wasCut()) await runner.stop();
  }
  return 'over';
}

async function holds(t: Test, scene: Scene, stride: number): Promise<void> {
  const device = await testDevice(t);
  await scene.before(device, await device.start());
  const before = await device.picture();
  let done: unknown;
  /** What is there when all but the last task are done. */
  const looking = (known: Handlers): Handlers => ({
    ...known,
    fail: {
      async do() {
        done = await device.picture();
        throw new Error('it fails here');
      },
    },
  });
  let moments = 0;
  const count = () => {
    moments += 1;
    return false;
  };
  const first = await device.start({ handlers: looking, power: { cutAt: count } });
  moments = 0;
  await first.run(failingAfter(await scene.plan(device, first)));
  const expected = done;
  t.notSame(expected, before);
  t.strictSame(await device.picture(), before, 'without a cut');
  const all = moments;
  for (let at = 1 + (all % stride); at <= all; at += stride) {
    let left = Number.POSITIVE_INFINITY;
    const life = await device.start({ handlers: looking, power: { cutAt: () => --left <= 0 } });
    const plan = failingAfter(await scene.plan(device, life));
    left = at;
    done = undefined;
    const how = await life.runner.start(plan).then(
      () => end(life),
      () => 'cut',
    );
    if (!life.wasCut()) t.fail(`the power was not cut at ${at}: ${how}`);
    await life.runner.stop();
    const next = await device.start({ handlers: looking });
    await end(next);
    if (done !== undefined) t.strictSame(done, expected, `cut at ${at} of ${all}: all comes to be`);
    t.strictSame(await device.picture(), before, `cut at ${at} of ${all}: and goes again`);
  }
}
