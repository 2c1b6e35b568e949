import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { served } from '../fixture-api.ts';
import { SavedError } from '../snaps/saved/error.ts';
import { FakeSnapDesk } from './snap-desk-fake.ts';

const json = 'application/json';
const exported = 'application/x.snapd.snapshot';

t.test('what a client asks for reaches the device', async (t) => {
  const desk = new FakeSnapDesk();
  const { send, get } = await served(t, {}, desk);
  const cases: readonly (readonly [path: string, body: object, request: object])[] = [
    ['/v2/snapshots', { set: 3, action: 'check' }, { action: 'check', set: 3, snaps: [], users: [] }],
    [
      '/v2/snapshots',
      { set: 3, action: 'restore', snaps: ['a'], users: ['me'] },
      { action: 'restore', set: 3, snaps: ['a'], users: ['me'] },
    ],
    ['/v2/snapshots', { set: 3, action: 'forget' }, { action: 'forget', set: 3, snaps: [], users: [] }],
    ['/v2/snaps', { action: 'snapshot' }, { action: 'save', names: [], users: [], exclude: {} }],
    [
      '/v2/snaps',
      { action: 'snapshot', snaps: ['a'], users: ['me'], 'snapshot-options': { a: { exclude: ['$SNAP_DATA/x'] } } },
      { action: 'save', names: ['a'], users: ['me'], exclude: { a: ['$SNAP_DATA/x'] } },
    ],
  ];
  for (const [path, body, request] of cases) {
    t.equal((await send('POST', path, body, json)).status, 202);
    t.strictSame(desk.requests.at(-1), request, JSON.stringify(body));
  }
  t.equal((await send('POST', '/v2/snapshots?plan=json', { set: 3, action: 'forget' }, json)).status, 200);
  t.match(desk.planned, [{ action: 'forget', set: 3 }]);
  t.strictSame((await get('/v2/snapshots')).body.result, [{ snaps: [] }]);
  t.strictSame((await get('/v2/snapshots?set=3&snaps=a,b')).body.result, [{ set: 3, snaps: ['a', 'b'] }]);
});

t.test('what makes no sense is refused with the text of snapd', async (t) => {
  const desk = new FakeSnapDesk();
  const { send, get } = await served(t, {}, desk);
  const bodies: readonly (readonly [body: object, message: RegExp])[] = [
    [{ action: 'check' }, /^snapshot operation requires snapshot set ID$/],
    [{ set: 0, action: 'check' }, /^snapshot operation requires snapshot set ID$/],
    [{ set: 1 }, /^snapshot operation requires action$/],
    [{ set: 1, action: 'save' }, /^unknown snapshot operation "save"$/],
    [{ set: -1, action: 'check' }, /positive base 10 number; got "-1"$/],
    [{ set: 1, action: 'check', snaps: 'a' }, /^cannot decode request body into snapshot operation/],
  ];
  for (const [body, message] of bodies) {
    t.match(await send('POST', '/v2/snapshots', body), { status: 400, body: { result: { message } } });
  }
  const options = { 'snapshot-options': { a: { exclude: ['x'] } } };
  t.match(await send('POST', '/v2/snaps', { action: 'remove', snaps: ['a'], ...options }, json), {
    ...{ status: 400, body: { result: { message: 'snapshot-options can only be specified for snapshot action' } } },
  });
  t.equal((await send('POST', '/v2/snaps', { action: 'snapshot', 'snapshot-options': { a: 1 } }, json)).status, 400);
  for (const set of ['x', '0', '1.5']) {
    t.match(await get(`/v2/snapshots?set=${set}`), { status: 400, body: { result: { message: /^'set', if given,/ } } });
    t.match(await get(`/v2/snapshots/${set}/export`), { status: 400, body: { result: { message: /^'id' must be/ } } });
  }
  t.strictSame(desk.requests, []);
  const kinds: readonly (readonly [error: SavedError, status: number, kind: string | undefined])[] = [
    [new SavedError('no-set', 'no set'), 404, undefined],
    [new SavedError('conflict', 'busy'), 409, 'snap-change-conflict'],
    [new SavedError('incompatible', 'no'), 400, undefined],
    [new SavedError('internal', 'oh'), 500, undefined],
  ];
  for (const [error, status, kind] of kinds) {
    desk.refusal = error;
    const answer = await send('POST', '/v2/snapshots', { set: 1, action: 'check' });
    t.strictSame([answer.status, answer.body.result.kind], [status, kind], error.code);
  }
});

t.test('an export is sent as it is; one that breaks off does not end as if it were whole', async (t) => {
  const desk = new FakeSnapDesk();
  const { get, send } = await served(t, {}, desk);
  const whole = await get('/v2/snapshots/3/export');
  t.strictSame([whole.status, whole.contentType, String(whole.body)], [200, exported, 'abcdef']);
  desk.exportFails = true;
  await t.rejects(get('/v2/snapshots/3/export'));
  t.equal(desk.closed, 2);
  t.match((await send('POST', '/v2/snapshots', 'stream', exported)).body.result, { 'set-id': 4, snaps: ['foo'] });
  t.strictSame(desk.received, ['stream']);
});

t.test('data is saved, restored, carried away, forgotten and brought back', async (t) => {
  const { snap, machine, layout, get, send, install } = await served(t);
  const yaml = "name: shop\nversion: '1'\nbase: bookworm\nsummary: s\ndescription: d\n";
  const over = () => machine.settled();
  await install(await snap({ name: 'shop', files: { 'meta/snap.yaml': yaml } }));
  await over();
  const file = join(layout.root, 'var/snap/shop/x1/till');
  const done = async (asked: ReturnType<typeof send>) => {
    const { change } = (await asked).body;
    await over();
    return (await get(`/v2/changes/${change}`)).body.result;
  };
  const act = (action: string, set = 1) => done(send('POST', '/v2/snapshots', { set, action }, json));
  const sets = async () => (await get('/v2/snapshots')).body.result.map(({ id }: { id: number }) => id);
  await writeFile(file, 'full');
  const { body } = await send('POST', '/v2/snaps', { action: 'snapshot', snaps: ['shop'] }, json);
  t.match(body, { status: 'Accepted', result: { 'set-id': 1 } });
  await over();
  t.match((await get('/v2/snapshots')).body.result, [
    { id: 1, snapshots: [{ set: 1, snap: 'shop', revision: 'x1', version: '1', 'sha3-384': { 'archive.tgz': /./ } }] },
  ]);

  await writeFile(file, 'empty');
  t.match(await act('check'), { summary: 'Check of snapshot set #1', status: 'Done' });
  t.match(await act('restore'), { summary: 'Restore of snapshot set #1', status: 'Done' });
  t.equal(await readFile(file, 'utf8'), 'full');
  const plan = (await send('POST', '/v2/snapshots?plan=json', { set: 1, action: 'restore' }, json)).body.result;
  t.notMatch(JSON.stringify(plan), /not known/);

  const { body: stream } = await get('/v2/snapshots/1/export');
  t.match((await send('POST', '/v2/snapshots', stream, exported)).body.result, { 'set-id': 1, snaps: ['shop'] });
  t.match(await act('forget'), { summary: 'Forget of snapshot set #1', status: 'Done' });
  t.strictSame(await sets(), []);
  const broken = await send('POST', '/v2/snapshots', stream.subarray(0, -2000), exported);
  t.match(broken, { status: 400, body: { result: { message: /^cannot import snapshot 3: / } } });
  const back = (await send('POST', '/v2/snapshots', stream, exported)).body.result;
  t.strictSame(await sets(), [back['set-id']], 'no number is given twice');
  t.match(await act('check', back['set-id']), { status: 'Done' });
  t.match(await send('POST', '/v2/snapshots', { set: 99, action: 'check' }), { status: 404 });
});

t.test('what is removed is saved first where the system says so', async (t) => {
  const { snap, machine, layout, get, send, install } = await served(t);
  const yaml = "name: shop\nversion: '1'\nbase: bookworm\nsummary: s\ndescription: d\n";
  const package_ = await snap({ name: 'shop', files: { 'meta/snap.yaml': yaml } });
  const remove = async (more: object = {}) => {
    await install(package_);
    await machine.settled();
    await writeFile(join(layout.root, 'var/snap/shop/common/till'), 'full');
    await send('POST', '/v2/snaps/shop', { action: 'remove', ...more });
    await machine.settled();
    return (await get('/v2/snapshots')).body.result;
  };
  t.strictSame(await remove(), [], 'on core nothing is, unless it is asked for');
  await send('PUT', '/v2/snaps/system/conf', { 'snapshots.automatic.retention': '48h' });
  await machine.settled();
  t.strictSame(await remove({ purge: true }), []);
  t.match(await remove(), [{ id: 1, snapshots: [{ snap: 'shop', auto: true }] }]);
  const { saved, world } = machine.device.parts;
  t.equal(saved.world.sets.expiryOf(1)?.getTime(), world.clock.wallMs() + 48 * 3_600_000, 'kept that long');
});
