/** What the lab makes of the writes of a refresh, and of what a device says of a change. */
import t from 'tap';
import { randomFrom } from '../crash/random.ts';
import { momentIn, stepsOf } from '../machine/lab/app-cuts.ts';
import { parseChanges } from '../machine/lab/change.ts';

const CHANGES = parseChanges(
  JSON.stringify([
    { id: '1', status: 'Error', err: 'cannot' },
    {
      ...{ id: '2', status: 'Done' },
      tasks: [
        { kind: 'mount-snap', summary: 'Mount', status: 'Done', 'ready-time': '2026-01-01T00:00:01Z' },
        { kind: 'link-snap', summary: 'Link', status: 'Done' },
        { kind: 'set-auto-aliases', summary: 'Alias', status: 'Hold' },
      ],
    },
  ]),
);
const [CHANGE = { id: 0, status: '', err: undefined, tasks: [] }, EARLIER] = CHANGES;

t.test('changes, the newest first', async (t) => {
  t.match(CHANGE, { id: 2, status: 'Done', err: undefined, tasks: { length: 3 } });
  t.strictSame(CHANGE.tasks[0], { kind: 'mount-snap', summary: 'Mount', status: 'Done', readyTime: 1767225601000 });
  t.ok(Number.isNaN(CHANGE.tasks[1]?.readyTime));
  t.strictSame(EARLIER, { id: 1, status: 'Error', err: 'cannot', tasks: [] });
});

t.test('steps of a recorded refresh: by the rows of this change alone, by the first write that says so', async (t) => {
  const pages = [
    { index: 3, text: '\x01mount-snapMountDone[]\x01link-snapLinkDone[]' },
    { index: 5, text: '\x02mount-snapMountDo[]\x02link-snapLinkDo[]' },
    { index: 7, text: 'nothing' },
    { index: 9, text: '..\x02mount-snapMountDone[].\x02link-snapLinkDoing[]\x01link-snapLinkDone[]' },
    { index: 12, text: '\x02link-snapLinkDone["a"]\x02set-auto-aliasesAliasDone[]\x02mount-snapMountDone[]' },
  ];
  t.strictSame(stepsOf(CHANGE, pages), [
    { tasks: ['Mount'], begin: 6, end: 9 },
    { tasks: ['Link', 'Alias'], begin: 10, end: 12 },
  ]);
  t.throws(() => stepsOf(CHANGE, pages.slice(0, -1)), { message: 'the write log never says that Link is done' });
});

t.test('a moment of a step: within it, and it loses only what was not durable', async (t) => {
  const entries = Array.from({ length: 20 }, (_, index) => ({
    ...{ index, offset: index * 512, length: 512, dataOffset: 0, fua: false },
    ...(index === 8
      ? ({ kind: 'flush', flush: true, length: 0 } as const)
      : ({ kind: 'write', flush: false } as const)),
  }));
  const step = { tasks: ['Link'], begin: 12, end: 15 };
  const moments = Array.from({ length: 50 }, (_, seed) =>
    momentIn(step, { sectorBytes: 512, entries }, randomFrom(seed)),
  );
  t.same([...new Set(moments.map((moment) => moment.entries))].sort(), [12, 13, 14, 15], 'each moment of it may come');
  t.ok(
    moments.every(({ entries: count, lost }) => lost.every((index) => index > 8 && index < count)),
    'what a flush made durable stays',
  );
  t.ok(moments.some(({ lost }) => lost.length > 0));
  t.strictSame(
    momentIn(step, { sectorBytes: 512, entries }, randomFrom(7)),
    moments[7],
    'a seed chooses the same again',
  );
});
