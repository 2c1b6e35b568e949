import { join } from 'node:path';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { openDatabase } from '../../system/database.ts';
import type { DurableWrite } from '../../system/durable.ts';
import { HoldStore, holdTables } from './hold-store.ts';
import type { Hold } from './holds.ts';
import { newRecord, type SnapRecord } from './model.ts';
import { recordTables, SnapRecords } from './store.ts';

async function openStore(t: Test) {
  const commits: string[] = [];
  const onWrite = (write: DurableWrite, moment: string) => moment === 'after' && commits.push(write.path);
  const database = await openDatabase(join(await temporaryDirectory(t), 'db'), { onWrite });
  t.teardown(() => database.close());
  database.migrate([{ version: 1, statements: [...recordTables, ...holdTables] }]);
  commits.length = 0;
  return { database, commits, records: new SnapRecords(database), holds: new HoldStore(database) };
}

const snap = (instance: string): SnapRecord => ({
  ...newRecord(instance, 'app'),
  ...{ sequence: [{ name: instance, snapId: '', revision: 'x1' }], current: 'x1', active: true, base: 'core22' },
});

t.test('a record is kept as it was, and a mutation is one commit', async (t) => {
  const { records, commits } = await openStore(t);
  t.equal(records.get('foo'), undefined);
  records.put(snap('foo'));
  records.put({ ...snap('foo'), active: false });
  records.put(snap('bar'));
  t.strictSame(commits, ['snaps: put', 'snaps: put', 'snaps: put']);
  t.strictSame(records.get('foo'), { ...snap('foo'), active: false });
  t.strictSame(records.all(), [snap('bar'), { ...snap('foo'), active: false }]);
  records.remove('foo');
  t.strictSame(records.all(), [snap('bar')]);
  const { current: _, ...none } = { ...snap('bar'), sequence: [] };
  records.put(none);
  t.strictSame(records.all(), [], 'without revisions it is not installed');
});

t.test('within the commit of a task it is part of that', async (t) => {
  const { database, records, commits } = await openStore(t);
  t.throws(
    () =>
      database.transaction('task', (sql) => {
        records.putIn(sql, snap('foo'));
        t.ok(records.get('foo', sql), 'seen there');
        throw new Error('the task failed');
      }),
    /the task failed/,
  );
  t.equal(records.get('foo'), undefined);
  database.transaction('task', (sql) => records.putIn(sql, snap('foo')));
  database.transaction('task', (sql) => records.removeIn(sql, 'foo'));
  t.strictSame(commits, ['task', 'task']);
});

t.test('what an older agent wrote has what it lacks filled in, and nonsense is refused', async (t) => {
  const { database, records } = await openStore(t);
  const write = (text: string) =>
    database.transaction('x', (sql) =>
      sql.run('INSERT OR REPLACE INTO snap_records (instance, record) VALUES (?, ?)', 'foo', text),
    );
  const sequence = [{ name: 'foo', snapId: '', revision: '7' }];
  write(JSON.stringify({ type: 'app', sequence, current: '7' }));
  t.strictSame(records.get('foo'), { ...newRecord('foo', 'app'), sequence, current: '7' });
  write(JSON.stringify({ type: 'app', sequence, current: '8' }));
  t.throws(() => records.get('foo'), /^cannot read the record of snap "foo": its current revision is not in its/);
  write('[]');
  t.throws(() => records.get('foo'), /it has no type or no sequence/);
});

t.test('holds are kept', async (t) => {
  const { database, holds, commits } = await openStore(t);
  const firstHeld = new Date('2026-01-01T00:00:00Z');
  const some: Hold[] = [
    { snap: 'a', holder: 'b', firstHeld, until: new Date('2026-01-03T00:00:00Z'), level: 'auto-refresh' },
    { snap: 'a', holder: 'system', firstHeld, until: 'forever', level: 'general' },
  ];
  holds.replace(some);
  t.strictSame(holds.all(), some);
  database.transaction('task', (sql) => holds.replaceIn(sql, some.slice(1)));
  t.strictSame(holds.all(), some.slice(1));
  t.strictSame(commits, ['holds: replace', 'task']);
});
