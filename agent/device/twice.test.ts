/** On a whole device: every do, undo and cleanup of any change may run again although it had come to its end. */
import t from 'tap';
import type { Handlers, TaskHandler } from '../engine/handler.ts';
import { statusOf } from '../engine/status.ts';
import { appScenes, bootScenes, failingAfter, notUndone, Stage } from '../fixture-scenes.ts';

const ran = new Map<string, Set<string>>();

function twice(known: Handlers): Handlers {
  const note = (kind: string, what: string) => ran.set(kind, (ran.get(kind) ?? new Set()).add(what));
  const both = (kind: string, handler: TaskHandler): TaskHandler => {
    const { undo, cleanup } = handler;
    const doubled: TaskHandler = {
      ...handler,
      async do(context) {
        await handler.do(context);
        const end = await handler.do(context);
        note(kind, 'do');
        return end;
      },
    };
    if (undo !== undefined) {
      doubled.undo = async (context) => {
        await undo(context);
        note(kind, 'undo');
        return (await undo(context)) ?? { kind: 'done' };
      };
    }
    if (cleanup !== undefined) {
      doubled.cleanup = async (context) => {
        await cleanup(context);
        await cleanup(context);
        note(kind, 'cleanup');
      };
    }
    return doubled;
  };
  return Object.fromEntries(Object.entries(known).map(([kind, handler]) => [kind, both(kind, handler)]));
}

/** Without what tells the time. */
function plain(picture: unknown): unknown {
  const times = /\d{4}-\d\d-\d\dT[\d:.]+Z|(?<=\.zip":"600 0:0 )\w+/g;
  return JSON.parse(JSON.stringify(picture).replaceAll(times, 'a time'));
}

for (const scene of [...appScenes, ...bootScenes]) {
  t.test(`${scene.title}: every task twice`, async (t) => {
    const [once, again] = [await Stage.open(t), await Stage.open(t, { handlers: twice })];
    const ends: unknown[] = [];
    for (const stage of [once, again]) {
      await scene.before(stage);
      await stage.machine.bootUntilRest();
      const before = await stage.picture();
      const failed = await stage.run(await scene.request(stage), failingAfter(Number.POSITIVE_INFINITY));
      t.strictSame(notUndone(failed), []);
      t.strictSame(await stage.picture(), before, 'undone, all is as it was');
      t.equal(statusOf(await stage.run(await scene.request(stage))), 'Done');
      ends.push(plain(await stage.picture()));
    }
    t.strictSame(ends[1], ends[0], 'done twice as it is done once');
  });
}

t.test('all that changes of snaps do was met', async (t) => {
  const stage = await Stage.open(t);
  /** Tasks of changes as they were before lanes (boot-set/earlier.ts), and of saved data: both have tests of their own. */
  const others = [
    ...['place-snap', 'extract-assets', 'arm-trial', 'try-boot-set', 'tidy'],
    ...['restore-snapshot', 'check-snapshot', 'forget-snapshot', 'cleanup-after-restore'],
  ];
  const known = Object.keys(stage.machine.device.parts.handlers).filter((kind) => !others.includes(kind));
  t.strictSame(
    known.filter((kind) => !ran.get(kind)?.has('do')),
    [],
  );
});
