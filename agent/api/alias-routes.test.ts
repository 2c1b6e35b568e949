import { chmod, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { asNobody, served } from '../fixture-api.ts';
import { SnapsError } from '../snaps/error.ts';
import { FakeSnapDesk, viewOfSnap } from './snap-desk-fake.ts';

const path = '/v2/aliases';

t.test('what a client asks for reaches the device', async (t) => {
  const desk = new FakeSnapDesk();
  const { get, send } = await served(t, {}, desk);
  const cases: readonly (readonly [body: object, request: object])[] = [
    [
      { action: 'alias', snap: 'a', app: 'b', alias: 'c' },
      { action: 'alias', name: 'a', app: 'b', alias: 'c' },
    ],
    [
      { action: 'unalias', snap: 'f', alias: 'f' },
      { action: 'unalias', name: 'f', alias: 'f' },
    ],
    [
      { action: 'unalias', alias: 'f', aliases: [] },
      { action: 'unalias', name: '', alias: 'f' },
    ],
    [
      { action: 'prefer', snap: 'f' },
      { action: 'prefer', name: 'f' },
    ],
  ];
  for (const [body, request] of cases) {
    const answer = await send('POST', path, body);
    t.match(answer, { status: 202, body: { type: 'async', change: String(desk.requests.length) } });
    t.strictSame(desk.requests.at(-1), request);
  }
  t.match((await send('POST', `${path}?plan=json`, cases[0]?.[0])).body.result, { summary: 'Any plan' });
  t.strictSame(desk.planned, [cases[0]?.[1]]);
  desk.views = [viewOfSnap({ name: 'foo' }, ['x1'], { aliases: { f: { manual: 'foo' } } })];
  t.strictSame((await get(path)).body.result, { foo: { f: { command: 'foo', status: 'manual', manual: 'foo' } } });
});

t.test("what cannot be meant is refused in snapd's words", async (t) => {
  const desk = new FakeSnapDesk();
  const { send, layout, directory } = await served(t, {}, desk);
  const cases: readonly (readonly [body: object | string, message: string | RegExp])[] = [
    [{}, 'unsupported alias action: ""'],
    [{ action: 'what' }, 'unsupported alias action: "what"'],
    [
      { action: 'alias', aliases: ['baz'] },
      'cannot interpret request, snaps can no longer be expected to declare their aliases',
    ],
    ['nonsense', /^cannot decode request body into an alias action: /],
    [{ action: 'alias', snap: 1 }, /"snap" should be a text/],
  ];
  for (const [body, message] of cases) {
    t.match(await send('POST', path, body), { status: 400, body: { result: { message } } }, JSON.stringify(body));
  }
  desk.refusal = new SnapsError('conflict', 'snap "a" has "x" change in progress', { snap: 'a', changeKind: 'x' });
  t.match(await send('POST', path, { action: 'prefer', snap: 'a' }), {
    status: 409,
    body: { result: { kind: 'snap-change-conflict', value: { 'snap-name': 'a', 'change-kind': 'x' } } },
  });
  t.strictSame(desk.requests, []);
  for (const open of [directory, layout.root, dirname(layout.socket)]) await chmod(open, 0o755);
  t.match(await asNobody(layout.socket, 'POST', path, '{}', 'application/json'), /login-required/);
});

t.test('aliases are set, listed, switched off and gone with their snap', async (t) => {
  const { snap, machine, layout, get, send, install } = await served(t);
  const yaml = "name: shop\nversion: '1'\nbase: bookworm\nsummary: s\ndescription: d\napps:\n";
  const apps = '  till: {command: run}\n  serve: {command: run, daemon: simple}\n';
  await install(await snap({ name: 'shop', files: { 'meta/snap.yaml': yaml + apps, run: '#!' }, executable: ['run'] }));
  await machine.settled();
  const done = async (body: object) => {
    const answer = await send('POST', path, body);
    if (answer.status !== 202) return answer.body.result;
    await machine.settled();
    return (await get(`/v2/changes/${answer.body.change}`)).body.result;
  };
  const list = async () => (await get(path)).body.result;
  const made = await done({ action: 'alias', snap: 'shop', app: 'till', alias: 'pay' });
  t.match(made, { kind: 'alias', summary: 'Setup alias "pay" => "till" for snap "shop"', status: 'Done' });
  const pay = { snap: 'shop', app: 'till', alias: 'pay' };
  t.strictSame(made.data, {
    ...{ 'snap-names': ['shop'], 'snap-name': 'shop' },
    ...{ 'aliases-added': [pay], 'aliases-removed': [] },
  });
  t.strictSame(await list(), { shop: { pay: { command: 'shop.till', status: 'manual', manual: 'till' } } });
  t.equal(await readlink(join(layout.root, 'snap/bin/pay')), 'shop.till');
  t.match(await done({ action: 'alias', snap: 'shop', app: 'serve', alias: 'alias1' }), {
    status: 'Error',
    err: /\(cannot enable alias "alias1" for "shop", target application "serve" is a daemon\)/,
  });
  t.match(await done({ action: 'alias', snap: 'lalala', app: 'till', alias: 'x' }), {
    kind: 'snap-not-installed',
    message: 'snap "lalala" is not installed',
  });
  t.match(await done({ action: 'alias', snap: 'shop', app: 'till', alias: '.foo' }), {
    message: 'invalid alias name: ".foo"',
  });
  const plan = (await send('POST', `${path}?plan=json`, { action: 'unalias', snap: 'pay', alias: 'pay' })).body.result;
  t.match(plan, { kind: 'unalias', tasks: [{ kind: 'unalias', writes: ['snap record', '/snap/bin'] }] });
  t.match(await done({ action: 'unalias', snap: 'shop', alias: 'shop' }), {
    ...{ kind: 'unalias', summary: 'Disable all aliases for snap "shop"', status: 'Done' },
    data: { 'aliases-removed': [pay] },
  });
  t.strictSame(await list(), {});
  t.match(await done({ action: 'prefer', snap: 'shop' }), {
    ...{ kind: 'prefer', summary: 'Prefer aliases of snap "shop"', status: 'Done' },
  });
});
