import t from 'tap';
import type { App } from '../../images/snap/index.ts';
import { parseSnapInfo } from '../../images/snap/index.ts';
import { served } from '../fixture-api.ts';
import { FakeSnapDesk, viewOfSnap } from './snap-desk-fake.ts';

const shop = parseSnapInfo(`
name: shop
version: '1.2'
title: The shop
summary: sells
description: things
license: MIT
base: core22
grade: devel
links: {contact: [me@example.com], website: [https://example.com]}
apps:
  till: {command: bin/till, common-id: com.example.till}
  stock: {command: bin/stock, daemon: simple, plugs: [network-bind], sockets: {api: {listen-stream: $SNAP_DATA/s}}}
  guard: {command: bin/guard, daemon: simple}
  audit: {command: bin/audit, daemon: oneshot, timer: 'mon,10:00'}
`);

type Named = Readonly<Record<string, unknown>>;

async function scene(t: Parameters<typeof served>[0]) {
  const desk = new FakeSnapDesk();
  const { get } = await served(t, {}, desk);
  const list = async (query = '') => (await get(`/v2/snaps${query}`)).body.result as Named[];
  const brief = async (query?: string) =>
    (await list(query)).map(({ name, revision, status }) => `${name} ${revision} ${status}`);
  return { desk, get, list, brief };
}

t.test('an installed snap is shown with all that is known of it', async (t) => {
  const { desk, get } = await scene(t);
  desk.views = [viewOfSnap(shop, ['x1', 'x2'], { tracking: 'latest/edge', flags: { devmode: true }, cohort: 'k' })];
  desk.snapUnits = {
    active: new Set(['snap.shop.stock.service', 'snap.shop.stock.api.socket']),
    enabled: new Set(['snap.shop.guard.service', 'snap.shop.stock.api.socket', 'snap.shop.audit.timer']),
  };
  const answer = await get('/v2/snaps/shop');
  t.strictSame(answer.body.result, {
    name: 'shop',
    title: 'The shop',
    summary: 'sells',
    description: 'things',
    license: 'MIT',
    contact: 'me@example.com',
    website: 'https://example.com',
    links: { contact: ['me@example.com'], website: ['https://example.com'] },
    'common-ids': ['com.example.till'],
    type: 'app',
    base: 'core22',
    version: '1.2',
    revision: 'x2',
    'tracking-channel': 'latest/edge',
    status: 'active',
    confinement: 'strict',
    grade: 'devel',
    devmode: true,
    jailmode: false,
    trymode: false,
    private: false,
    'ignore-validation': false,
    'mounted-from': '/var/lib/snapd/snaps/shop_x2.snap',
    'installed-size': 4096,
    'install-date': '2026-11-20T09:30:00.000Z',
    'cohort-key': 'k',
    apps: [
      {
        ...{ snap: 'shop', name: 'audit', daemon: 'oneshot', 'daemon-scope': 'system', active: false, enabled: true },
        activators: [{ name: 'audit', type: 'timer', active: false, enabled: true }],
      },
      { snap: 'shop', name: 'guard', daemon: 'simple', 'daemon-scope': 'system', active: false, enabled: true },
      {
        ...{ snap: 'shop', name: 'stock', daemon: 'simple', 'daemon-scope': 'system', active: true, enabled: true },
        activators: [{ name: 'api', type: 'socket', active: true, enabled: true }],
      },
      { snap: 'shop', name: 'till', 'common-id': 'com.example.till' },
    ],
  });
});

t.test('of each snap the current revision is listed, or all, or only what is enabled', async (t) => {
  const { desk, get, brief, list } = await scene(t);
  desk.views = [
    viewOfSnap({ name: 'a' }, ['x1', 'x2']),
    viewOfSnap({ name: 'b' }, ['x1', 'x2'], { current: 'x1', active: false }),
    viewOfSnap({ name: 'c' }, ['7'], { refreshInhibitedTime: '2026-11-20T09:30:00Z' }),
  ];
  t.strictSame(await brief(), ['a x2 active', 'b x1 installed', 'c 7 active']);
  t.strictSame(await brief('?select=all&snaps=a,b'), [
    'a x1 installed',
    'a x2 active',
    'b x1 installed',
    'b x2 installed',
  ]);
  t.strictSame(await brief('?select=enabled'), ['a x2 active', 'c 7 active']);
  t.strictSame(await brief('?select=refresh-inhibited'), ['c 7 active']);
  t.strictSame(await brief('?snaps=%20c%20,nope,'), ['c 7 active']);
  t.strictSame(await brief('?snaps=nope'), []);
  t.same((await list('?snaps=b'))[0]?.['apps'], []);
  for (const select of ['some', 'constructor']) {
    t.match(await get(`/v2/snaps?select=${select}`), {
      status: 400,
      body: { result: { message: `invalid select parameter: "${select}"` } },
    });
  }
});

t.test('of the boot set what runs stands for the snap, also while another revision waits for its trial', async (t) => {
  const { desk, brief } = await scene(t);
  desk.views = [viewOfSnap({ name: 'virt-kernel', type: 'kernel' }, ['x1', 'x2'])];
  desk.runningFiles = ['virt-kernel_x1.snap', 'bookworm_x1.snap'];
  t.strictSame(await brief(), ['virt-kernel x1 active']);
  t.strictSame(await brief('?select=all'), ['virt-kernel x1 active', 'virt-kernel x2 installed']);
});

t.test('a hold of a person is shown; that of a snap is its own', async (t) => {
  const { desk, list } = await scene(t);
  const hold = { firstHeld: new Date(0), level: 'general' } as const;
  desk.views = ['a', 'b', 'c'].map((name) => viewOfSnap({ name }, ['x1']));
  desk.held = [
    { ...hold, snap: 'a', holder: 'system', until: 'forever' },
    { ...hold, snap: 'b', holder: 'system', until: new Date('2027-01-31T00:00:00Z') },
    { ...hold, snap: 'c', holder: 'other', until: new Date('2027-01-31T00:00:00Z') },
  ];
  t.strictSame(
    (await list()).map(({ hold }) => hold),
    ['9999-12-31T00:00:00Z', '2027-01-31T00:00:00.000Z', undefined],
  );
});

t.test('a snap whose file cannot be read is broken, and there', async (t) => {
  const { desk, list } = await scene(t);
  const view = viewOfSnap({ name: 'a' }, ['x1']);
  const [revision] = view.revisions;
  t.ok(revision);
  if (revision === undefined) return;
  const broken = { ...revision, info: undefined, size: 0, time: undefined };
  desk.views = [{ ...view, revisions: [broken], current: broken }];
  t.match(await list(), [{ name: 'a', version: '1.0', broken: 'cannot read a_x1.snap', summary: '' }]);
  t.notHas((await list())[0], { 'install-date': '' });
});

t.test('L44: apps are listed by snap or by name, all or only services', async (t) => {
  const { desk, get } = await scene(t);
  const app = (name: string) => shop.apps.get(name) as App;
  desk.views = [viewOfSnap(shop, ['x1']), viewOfSnap({ name: 'plain', apps: new Map([['run', app('till')]]) }, ['x1'])];
  const names = async (query: string) =>
    (await get(`/v2/apps${query}`)).body.result.map((one: Named) => `${one['snap']}.${one['name']}`);
  const all = ['shop.audit', 'shop.guard', 'shop.stock', 'shop.till', 'plain.till'];
  t.strictSame(await names(''), all);
  t.strictSame(await names('?select=service&global=true'), ['shop.audit', 'shop.guard', 'shop.stock']);
  t.strictSame(await names('?names=shop.till,plain'), ['shop.till', 'plain.till']);
  t.strictSame(
    await names('?names=shop,shop.till'),
    ['shop.audit', 'shop.guard', 'shop.stock', 'shop.till'],
    'each once',
  );
  const bad: readonly (readonly [query: string, status: number, result: object])[] = [
    ['select=potato', 400, { message: 'invalid select parameter: "potato"' }],
    ['names=potato', 404, { message: 'snap "potato" not found', kind: 'snap-not-found', value: 'potato' }],
    ['names=shop.what', 404, { message: 'snap "shop" has no app "what"', kind: 'app-not-found', value: 'shop.what' }],
    ['names=shop.till&select=service', 404, { message: 'snap "shop" has no service "till"' }],
    ['names=plain&select=service', 404, { message: 'snap "plain" has no services', kind: 'app-not-found' }],
  ];
  for (const [query, status, result] of bad)
    t.match(await get(`/v2/apps?${query}`), { status, body: { result } }, query);
});
