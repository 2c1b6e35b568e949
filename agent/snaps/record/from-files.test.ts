import t from 'tap';
import { type FoundSnap, recordsFromFiles } from './from-files.ts';

const found = (instance: string, revision: string, more: Partial<FoundSnap> = {}): FoundSnap => ({
  ...{
    instance,
    revision,
    type: 'app',
    version: `v${revision}`,
    epoch: { read: [0], write: [0] },
    time: '2026-01-01T00:00:00Z',
  },
  ...more,
});

t.test('what boots is current, of others the newest file is', (t) => {
  const files = [
    found('pc-kernel', '7', { type: 'kernel', snapId: 'id' }),
    found('pc-kernel', 'x1', { type: 'kernel' }),
    found('app_one', 'x10'),
    found('app_one', 'x9'),
    found('app_one', '3', { time: '2026-02-01T00:00:00Z', base: 'core22' }),
    found('known', '1'),
  ];
  const records = recordsFromFiles(files, new Set(['known']), new Map([['pc-kernel', '7']]));
  t.match(records, [
    { instance: 'pc-kernel', type: 'kernel', current: '7', active: true, version: 'v7' },
    { instance: 'app_one', current: '3', base: 'core22', tracking: '' },
  ]);
  t.strictSame(records[0]?.sequence, [
    { name: 'pc-kernel', snapId: 'id', revision: '7' },
    { name: 'pc-kernel', snapId: '', revision: 'x1' },
  ]);
  t.strictSame(
    records[1]?.sequence.map(({ name, revision }) => `${name} ${revision}`),
    ['app x9', 'app x10', 'app 3'],
  );
  t.strictSame(recordsFromFiles([], new Set(), new Map()), []);
  t.end();
});
