/** The life of snaps over the API of a whole device: what is asked for, and what is there afterwards. */
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { served } from '../fixture-api.ts';
import { type FormPart, formOf, formType, treeOf } from '../fixture-http.ts';

const yaml = (name: string, version: string, more = '') =>
  `name: ${name}\nversion: '${version}'\nbase: bookworm\nsummary: s\ndescription: d\n${more}`;
const apps = 'apps:\n  run: {command: bin/run}\n  serve: {command: bin/serve, daemon: simple}\n';

async function scene(t: Test) {
  const device = await served(t);
  const { snap, send, machine, get } = device;
  const file = (name: string, version: string, more = '') =>
    snap({
      name,
      files: { 'meta/snap.yaml': yaml(name, version, more), 'bin/run': '#!', 'bin/serve': '#!' },
      executable: ['bin/run', 'bin/serve'],
    });
  const upload = (contents: readonly Uint8Array[], more: readonly FormPart[] = [], query = '') => {
    const parts = contents.map((value, at) => ({ name: 'snap', value, fileName: `file${at}.snap` }));
    const dangerous = { name: 'dangerous', value: 'true' };
    return send('POST', `/v2/snaps${query}`, formOf([...more, dangerous, ...parts]), formType);
  };
  const over = () => machine.until(() => machine.device.parts.changes.open().length === 0);
  const last = async () => (await get('/v2/changes?select=all')).body.result.at(-1);
  /** Asks for it, waits for its end, and returns the change. */
  const done = async (asked: ReturnType<typeof send>) => {
    const answer = await asked;
    if (answer.status !== 202) return answer.body.result;
    await over();
    return (await get(`/v2/changes/${answer.body.change}`)).body.result;
  };
  const act = (name: string, body: object) => done(send('POST', `/v2/snaps/${name}`, body));
  const actMany = (body: object) => done(send('POST', '/v2/snaps', body, 'application/json'));
  const brief = async (query = '') =>
    (await get(`/v2/snaps${query}`)).body.result
      .filter(({ type }: { type: string }) => type === 'app')
      .map((s: Record<string, string>) => `${s['name']} ${s['version']} ${s['revision']} ${s['status']}`);
  return { ...device, file, upload, over, last, done, act, actMany, brief };
}

t.test('an app is installed, refreshed, reverted, disabled, enabled and removed', async (t) => {
  const { file, upload, done, act, brief, get, layout } = await scene(t);
  const installed = await done(upload([await file('shop', '1', apps)]));
  t.match(installed, {
    kind: 'install-snap',
    summary: 'Install "shop" snap from file "file0.snap"',
    status: 'Done',
    data: { 'snap-names': ['shop'], 'snap-name': 'shop' },
  });
  t.strictSame(await brief(), ['shop 1 x1 active']);
  t.match((await get('/v2/apps?names=shop')).body.result, [
    { snap: 'shop', name: 'run' },
    { snap: 'shop', name: 'serve', daemon: 'simple', enabled: true, active: true },
  ]);

  t.match(await done(upload([await file('shop', '2', apps)])), { status: 'Done', 'ready-time': /./ });
  t.strictSame(await brief('?select=all'), ['shop 1 x1 installed', 'shop 2 x2 active']);
  t.match(await act('shop', { action: 'revert' }), {
    kind: 'revert-snap',
    summary: 'Revert "shop" snap',
    status: 'Done',
  });
  t.strictSame(await brief(), ['shop 1 x1 active']);
  t.equal(await readlink(join(layout.root, 'snap/shop/current')), 'x1');
  t.match(await act('shop', { action: 'refresh', revision: 'x2', amend: true }), {
    kind: 'refresh-snap',
    status: 'Done',
  });
  t.strictSame(await brief(), ['shop 2 x2 active']);

  t.match(await act('shop', { action: 'disable' }), { summary: 'Disable "shop" snap', status: 'Done' });
  t.strictSame(await brief(), ['shop 2 x2 installed'], 'it stays in the list');
  t.match((await get('/v2/apps?names=shop.serve')).body.result, [{ enabled: false, active: false }]);
  t.match(await act('shop', { action: 'enable' }), { summary: 'Enable "shop" snap', status: 'Done' });
  t.match(await act('shop', { action: 'switch', channel: 'edge' }), {
    ...{ kind: 'switch-snap', summary: 'Switch "shop" snap to channel "edge"', status: 'Done' },
  });
  t.match((await get('/v2/snaps/shop')).body.result, { status: 'active', 'tracking-channel': 'latest/edge' });

  t.match(await act('shop', { action: 'remove', revision: 'x1' }), { kind: 'remove-snap', status: 'Done' });
  t.strictSame(await brief('?select=all'), ['shop 2 x2 active']);
  t.match(await act('shop', { action: 'remove', purge: true }), { summary: 'Remove "shop" snap', status: 'Done' });
  t.strictSame(await brief('?select=all'), []);
  t.match(await get('/v2/snaps/shop'), { status: 404, body: { result: { kind: 'snap-not-found', value: 'shop' } } });
  t.equal((await get('/v2/changes?select=all&for=shop')).body.result.length, 9);
});

t.test('several files are one change, and several snaps another', async (t) => {
  const { file, upload, done, actMany, brief } = await scene(t);
  const files = [await file('shop', '1'), await file('till', '3')];
  t.match(await done(upload(files, [{ name: 'transaction', value: 'all-snaps' }])), {
    summary: 'Install snaps "shop", "till" from files "file0.snap", "file1.snap"',
    status: 'Done',
    data: { 'snap-names': ['shop', 'till'] },
  });
  t.strictSame(await brief(), ['shop 1 x1 active', 'till 3 x1 active']);
  t.match(await actMany({ action: 'refresh' }), { summary: 'Refresh all snaps: no updates', status: 'Done' }, 'L26');
  t.match(await actMany({ action: 'remove', snaps: ['shop', 'till', 'gone'] }), {
    summary: 'Remove snaps "shop", "till", "gone"',
    status: 'Done',
    data: { 'snap-names': ['shop', 'till'] },
  });
  t.strictSame(await brief(), []);
});

t.test('L28, L31: holds are kept and shown, and ended', async (t) => {
  const { file, upload, done, act, actMany, get } = await scene(t);
  await done(upload([await file('shop', '1'), await file('till', '3')]));
  const hold = { action: 'hold', time: 'forever', 'hold-level': 'general' };
  t.match(await act('shop', hold), { kind: 'hold-snap', summary: 'Hold general refreshes for "shop"', status: 'Done' });
  t.match((await get('/v2/snaps/shop')).body.result, { hold: '9999-12-31T00:00:00Z' });
  t.match(
    await actMany({ ...hold, snaps: ['shop', 'till'], time: '2027-01-31T00:00:00Z', 'hold-level': 'auto-refresh' }),
    {
      summary: 'Hold auto-refreshes for "shop", "till"',
    },
  );
  t.match((await get('/v2/snaps/till')).body.result, { hold: '2027-01-31T00:00:00.000Z' });
  t.match(await act('shop', { action: 'unhold' }), {
    ...{ kind: 'unhold-snap', summary: 'Remove refresh hold on "shop"', status: 'Done' },
  });
  t.equal((await get('/v2/snaps/shop')).body.result.hold, undefined);
  t.match(await act('gone', hold), { kind: 'snap-not-installed' });
});

t.test("L27: auto-refreshes of all snaps are held by the system's own option", async (t) => {
  const { actMany, get, send } = await scene(t);
  const hold = { action: 'hold', 'hold-level': 'auto-refresh' };
  const option = async () => (await get('/v2/snaps/system/conf')).body.result.refresh?.hold;
  t.match(await actMany({ ...hold, time: 'forever' }), {
    summary: 'Hold auto-refreshes for all snaps',
    status: 'Done',
  });
  t.equal(await option(), 'forever');
  await send('PUT', '/v2/snaps/system/conf', { 'refresh.retain': 4 });
  await actMany({ ...hold, time: '2027-01-31T00:00:00Z' });
  t.equal(await option(), '2027-01-31T00:00:00.000Z');
  t.match(await actMany({ action: 'unhold' }), { summary: 'Remove auto-refresh hold on all snaps', status: 'Done' });
  t.strictSame((await get('/v2/snaps/system/conf')).body.result, { refresh: { retain: 4 } });
});

t.test("what cannot be is refused with snapd's kind, and nothing changes", async (t) => {
  const { file, upload, done, act, actMany, layout, send } = await scene(t);
  const shop = await file('shop', '1');
  await done(upload([shop]));
  const tree = async () => {
    const entries = Object.entries(await treeOf(layout.root)).filter(([path]) => !path.includes('state.db'));
    return Object.fromEntries(entries);
  };
  const before = await tree();
  const cases: readonly (readonly [what: string, asked: () => Promise<unknown>, result: object])[] = [
    [
      'L32: without signatures',
      () => done(send('POST', '/v2/snaps', formOf([{ name: 'snap', value: shop, fileName: 'x' }]), formType)),
      { message: 'cannot find signatures with metadata for snap/component "x"' },
    ],
    [
      'L34: another name',
      () => done(upload([shop], [{ name: 'name', value: 'foo_instance' }])),
      { message: 'instance name "foo_instance" does not match snap name "shop"' },
    ],
    ['one file twice', () => done(upload([shop, shop])), { message: /it is given twice/ }],
    ['gone', () => act('gone', { action: 'revert' }), { kind: 'snap-not-installed', value: 'gone' }],
    ['path', () => act('..%2F..%2Fetc', { action: 'remove' }), { kind: 'snap-not-installed' }],
    [
      'no update',
      () => act('bookworm', { action: 'refresh', amend: true }),
      { kind: 'snap-no-update-available', value: 'bookworm' },
    ],
    ['local', () => act('shop', { action: 'refresh' }), { kind: 'snap-local', value: 'shop' }],
    ['no older one', () => act('shop', { action: 'revert' }), { message: 'no revision to revert to', kind: undefined }],
    ['enabled', () => act('shop', { action: 'enable' }), { message: 'snap "shop" already enabled' }],
    ['what boots', () => actMany({ action: 'remove', snaps: ['virt-kernel'] }), { message: /is not removable/ }],
    [
      'modes',
      () => act('shop', { action: 'refresh', devmode: true, jailmode: true }),
      {
        message: 'cannot use devmode and jailmode flags together',
      },
    ],
  ];
  for (const [what, asked, result] of cases) {
    t.match(await asked(), result, what);
    t.strictSame(await tree(), before, `${what}: nothing changed`);
  }
});

t.test('a plan names the tasks that then run, and changes nothing', async (t) => {
  const { file, upload, done, layout, send } = await scene(t);
  const shop = await file('shop', '1', apps);
  const before = await treeOf(layout.root);
  const { result: plan } = (await upload([shop], [], '?plan=json')).body;
  t.strictSame(await treeOf(layout.root), before);
  const change = await done(upload([shop]));
  const kinds = (tasks: readonly { kind: string }[]) => tasks.map(({ kind }) => kind);
  t.strictSame(kinds(plan.tasks), kinds(change.tasks));
  t.match(plan, { summary: change.summary, restarts: 0, space: [{ bytes: shop.length }] });
  const text = await send('POST', '/v2/snaps/shop?plan=text', { action: 'remove', purge: true });
  t.match(text.body.result.content, /^Remove "shop" snap \(remove-snap\)\n(.*\n)* +\d+\. discard-snap: /);
});

t.test(
  'another change of the same snap is a conflict, that of another snap is none; and one that runs is given up',
  async (t) => {
    const { file, upload, done, send, get, machine, over, brief } = await scene(t);
    await done(upload([await file('shop', '1', apps), await file('till', '3')]));
    const stop = Promise.withResolvers<string>();
    Object.assign(machine.systemd, { stopUnit: () => stop.promise });
    t.equal((await send('POST', '/v2/snaps/shop', { action: 'disable' })).body.change, '2');
    t.match(await send('POST', '/v2/snaps/shop', { action: 'remove' }), {
      status: 409,
      body: {
        result: {
          kind: 'snap-change-conflict',
          message: 'snap "shop" has "disable-snap" change in progress',
          value: { 'snap-name': 'shop', 'change-kind': 'disable-snap' },
        },
      },
    });
    t.equal((await send('POST', '/v2/snaps/till', { action: 'disable' })).status, 202);
    t.match((await get('/v2/changes?for=shop')).body.result, [{ id: '2', ready: false, status: /^Do/ }]);
    t.match(await send('POST', '/v2/changes/2', { action: 'abort' }), {
      status: 200,
      body: { result: { status: 'Abort' } },
    });
    stop.resolve('done');
    await over();
    t.match((await get('/v2/changes/2')).body.result, { ready: true, status: 'Undone' });
    t.strictSame(await brief(), ['shop 1 x1 active', 'till 3 x1 installed']);
  },
);
