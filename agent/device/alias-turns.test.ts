/** On a whole device: two changes want the same alias at the same time. */
import t from 'tap';
import type { Handlers } from '../engine/handler.ts';
import { statusOf } from '../engine/status.ts';
import { Stage, toolSnap } from '../fixture-scenes.ts';

t.test('one of them gets it, and the other one finds it taken', async (t) => {
  const both = Promise.withResolvers<void>();
  const waiting = (known: Handlers): Handlers => {
    const { alias } = known;
    if (alias === undefined) throw new Error('there is no such task');
    return {
      ...known,
      alias: {
        ...alias,
        async do(context) {
          await both.promise;
          return alias.do(context);
        },
      },
    };
  };
  const stage = await Stage.open(t, { handlers: waiting });
  const { machine } = stage;
  const names = ['one', 'two'];
  for (const name of names) await stage.must(await stage.installing(toolSnap(name)));
  const ids: number[] = [];
  for (const name of names) ids.push(await stage.begin({ action: 'alias', name, app: 'tool', alias: 'both' }));
  const { changes, snapRecords } = machine.device.parts;
  const now = () => ids.map((id) => changes.get(id)).flatMap((change) => (change === undefined ? [] : [change]));
  const tasks = now().flatMap((change) => change.tasks.map(({ status }) => status));
  t.strictSame(tasks, ['Doing', 'Do'], 'one after the other');
  both.resolve();
  await machine.settled();
  t.strictSame(now().map(statusOf), ['Done', 'Error']);
  t.strictSame(
    names.map((name) => snapRecords.get(name)?.aliases),
    [{ both: { manual: 'tool' } }, {}],
  );
  const { files } = await stage.picture();
  t.equal(files['snap/bin/both'], '-> one.tool');
});
