/** Every handler may run again although it had come to its end: as after a kill right before that was recorded. */
import t from 'tap';
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { type Life, testDevice } from './testing.ts';
import { failingAfter, scenes } from './testing-scenes.ts';

function twice(known: Handlers): Handlers {
  const both = (handler: TaskHandler): TaskHandler => {
    const { undo } = handler;
    return {
      ...handler,
      async do(context) {
        await handler.do(context);
        return await handler.do(context);
      },
      ...(undo === undefined
        ? {}
        : {
            async undo(context) {
              await undo(context);
              return (await undo(context)) ?? undefined;
            },
          }),
    };
  };
  return Object.fromEntries(Object.entries(known).map(([kind, handler]) => [kind, both(handler)]));
}

for (const scene of scenes) {
  t.test(`${scene.title}: every task twice`, async (t) => {
    const device = await testDevice(t);
    const found: unknown[] = [];
    const looking = (known: Handlers): Handlers => ({
      ...known,
      fail: {
        async do() {
          found.push(await device.picture());
          throw new Error('it fails here');
        },
      },
    });
    const run = async (life: Life) => await life.run(failingAfter(await scene.plan(device, life)));
    const once = await device.start({ handlers: looking });
    await scene.before(device, once);
    const before = await device.picture();
    await run(once);
    const again = await device.start({ handlers: (known) => twice(looking(known)) });
    await run(again);
    t.strictSame(await device.picture(), before, 'undone twice, all is as it was');
    t.strictSame(found[1], found[0], 'and done twice as it is done once');
    t.equal(found.length, 2);
  });
}
