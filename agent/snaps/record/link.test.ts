/** What a link writes down and how it is taken back (lifecycle-vectors.md B26-B34). */
import t from 'tap';
import { sequenceFileText } from './file.ts';
import { type Linking, linked, linkReversed } from './link.ts';
import { isInstalled, newRecord, type SnapRecord } from './model.ts';
import { reversed } from './step.ts';
import { aliasesSet, inhibited, servicesStopped, switched, unlinked } from './transitions.ts';

const now = new Date('2026-01-02T03:04:05Z');
const epoch = { read: [0], write: [0] };
const linking = (revision: string, more: Partial<Linking> = {}): Linking => ({
  ...{ instance: 'foo', side: { name: 'foo', snapId: '', revision }, type: 'app', version: '1', epoch, flags: {} },
  ...more,
});
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const first = linked(undefined, linking('11'), now).record;

t.test('B26: a first installation', (t) => {
  const { record } = linked(
    undefined,
    linking('33', { channel: 'beta', base: 'core22', userId: 7, flags: { devmode: true } }),
    now,
  );
  t.match(record, {
    active: true,
    current: '33',
    tracking: 'latest/beta',
    base: 'core22',
    userId: 7,
    flags: { devmode: true },
  });
  t.equal(record.lastRefreshTime, now.toISOString());
  t.end();
});

t.test('B27: the sequence file, to the byte', (t) => {
  const { record } = linked(first, linking('33'), now);
  t.equal(
    sequenceFileText(record),
    '{"sequence":[{"name":"foo","snap-id":"","revision":"11"},{"name":"foo","snap-id":"","revision":"33"}],"current":"33","migrated-hidden":false,"migrated-exposed-home":false}',
  );
  const side = { name: 'foo', snapId: 'id', revision: '1', channel: 'edge' };
  t.match(
    sequenceFileText({ sequence: [side], current: '1' }),
    '{"name":"foo","snap-id":"id","revision":"1","channel":"edge"}',
  );
  t.end();
});

t.test('B28: a first installation that is undone leaves no record', (t) => {
  const { record, inverse } = linked(undefined, linking('33'), now);
  t.equal(linkReversed(record, json(inverse)), undefined);
  t.end();
});

t.test('B32: a revision that was new goes again, B33: one that was there stays where it was', (t) => {
  const three = ['1', '2', '3'].reduce(
    (record: SnapRecord | undefined, it) => linked(record, linking(it), now).record,
    undefined,
  );
  if (!isInstalled(three)) throw new Error('nothing was linked');
  for (const revision of ['4', '2']) {
    const { record, inverse } = linked(
      three,
      linking(revision, { channel: 'edge', cohort: 'c', flags: { jailmode: true } }),
      now,
    );
    t.match(record, { current: revision, tracking: 'latest/edge', cohort: 'c', flags: { jailmode: true } });
    t.strictSame(linkReversed(record, json(inverse)), { ...three, active: false }, revision);
  }
  t.end();
});

t.test('what happened to a record since then is kept when a link is taken back', (t) => {
  const { record, inverse } = linked(first, linking('12'), now);
  const aliases = { run: { manual: 'foo.run' } };
  const later = aliasesSet(record, { aliases, autoAliasesDisabled: true, aliasesPending: false }).record;
  const gone = { ...later, sequence: later.sequence.filter(({ revision }) => revision !== '11') };
  t.match(linkReversed(later, inverse), { aliases, autoAliasesDisabled: true, current: '11' });
  t.equal(linkReversed(gone, inverse), undefined, 'a revision that was discarded stays so');
  t.end();
});

t.test('B34: running apps no longer stand in the way', (t) => {
  const waiting = inhibited(first, new Date('2026-01-01T00:00:00Z'));
  t.equal(inhibited(waiting, now).refreshInhibitedTime, '2026-01-01T00:00:00.000Z', 'only the first time counts');
  const { record, inverse } = linked(waiting, linking('12'), now);
  t.notOk('refreshInhibitedTime' in record);
  t.equal(linkReversed(record, json(inverse))?.refreshInhibitedTime, '2026-01-01T00:00:00.000Z');
  t.end();
});

t.test('what a link leaves alone', (t) => {
  const owned: SnapRecord = { ...first, userId: 3, tracking: '2.0/beta', flags: { required: true, devmode: true } };
  const { record } = linked(owned, linking('12', { userId: 9 }), now);
  t.match(record, { userId: 3, tracking: '2.0/beta', flags: { required: true } });
  t.notOk(record.flags.devmode, 'but not the mode');
  t.throws(() => linked(first, linking('12', { channel: 'a/b/c/d' }), now), {
    code: 'bad-request',
    message: 'invalid channel',
  });
  t.end();
});

t.test('the smaller steps, there and back', (t) => {
  const steps = [
    unlinked(first),
    switched(first, { channel: 'edge', cohort: 'c' }),
    servicesStopped(first, ['svc']),
    aliasesSet(first, { aliases: { a: { auto: 'x' } }, autoAliasesDisabled: true, aliasesPending: true }),
  ];
  for (const { record, inverse } of steps) {
    t.notSame(record, first);
    t.strictSame(reversed(record, json(inverse)), first);
  }
  t.equal(switched(first, { channel: '' }).record.tracking, first.tracking);
  t.equal(newRecord('foo', 'app').current, undefined);
  t.end();
});
