import { randomBytes } from 'node:crypto';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { goodSet, powerOn, temporaryDirectory } from '../fixture.ts';
import { asNobody, served } from '../fixture-api.ts';
import { ask, type FormPart, formOf, formType, installForm, treeOf } from '../fixture-http.ts';
import { FakeBootDesk } from './boot-desk-fake.ts';
import { listenAt } from './listen.ts';
import { apiServer } from './server.ts';
import { FakeSnapDesk } from './snap-desk-fake.ts';

const rebooting = { kind: 'system-restart', message: 'system is restarting', value: { op: 'reboot' } };

t.test('anybody may read what the device is', async (t) => {
  const { get, layout, boots } = await served(t);
  const info = await get('/v2/system-info');
  t.equal(info.status, 200);
  t.equal(info.contentType, 'application/json', 'exactly, as clients compare it');
  t.match(info.body, {
    type: 'sync',
    'status-code': 200,
    status: 'OK',
    result: {
      series: '16',
      version: '0.0.1',
      architecture: 'arm64',
      'on-classic': false,
      holdfast: { version: '0.0.1' },
    },
  });
  t.equal(info.body.maintenance, undefined);

  await mkdir(join(layout.currentLinks, 'virt'), { recursive: true });
  await symlink('x1', join(layout.currentLinks, 'virt/current'));
  const list = await get('/v2/snaps');
  t.strictSame(list.body.sources, ['local']);
  t.strictSame(
    list.body.result.map((snap: { name: string }) => snap.name),
    ['bookworm', 'virt', 'virt-kernel'],
  );
  t.match(list.body.result[2], { version: '1.0', revision: 'x1', type: 'kernel', status: 'active' });
  t.equal((await get('/v2/snaps?snaps=virt,nope')).body.result.length, 1);
  t.match((await get('/v2/snaps/virt')).body.result, { name: 'virt', type: 'gadget' });
  t.match(await get('/v2/snaps/nope'), {
    status: 404,
    body: { type: 'error', result: { kind: 'snap-not-found', value: 'nope' } },
  });

  const rotten = { file: 'virt-kernel_x1.snap', what: 'snap', state: 'rotten' } as const;
  boots.findings = [rotten, { ...rotten, state: 'fit' }];
  const held = {
    name: 'virt-kernel',
    revision: 'x2',
    failures: 1,
    until: '2026-11-20T09:30:01Z',
    cause: 'panic',
  } as const;
  boots.held = [{ ...held, lastTime: '2026-11-19T17:30:01Z' }];
  const { result } = (await get('/v2/holdfast/status')).body;
  t.strictSame(result.unfit, [rotten]);
  t.strictSame(result['held-back'], [{ ...held, 'last-time': '2026-11-19T17:30:01Z' }]);
  t.match(result, {
    version: '0.0.1',
    boot: {
      good: goodSet,
      running: goodSet,
      rule: 'default',
      source: 'env-a',
      copies: { a: 'good', b: 'good' },
      record: 'good',
    },
    trial: null,
    problems: [],
    outcomes: [],
    policy: { target: 'default.target', 'settle-seconds': 1, 'deadline-seconds': 300 },
  });
  t.equal(result.guarantees.filter((guarantee: { given: boolean }) => guarantee.given).length, 7);
});

t.test('what there is not is said as snapd says it', async (t) => {
  const { get, layout } = await served(t);
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['GET', '/v2/nonsense', 404, 'not found'],
    ['GET', '/', 404, 'not found'],
    ['GET', '/v2/snaps/a/b', 404, 'not found'],
    ['PUT', '/v2/snaps', 405, 'method "PUT" not allowed'],
    ['DELETE', '/v2/changes/1', 405, 'method "DELETE" not allowed'],
    ['GET', '/v2/changes/77', 404, 'cannot find change with id "77"'],
    ['GET', '/v2/changes/..%2fx', 404, 'cannot find change with id "../x"'],
    ['GET', '/v2/changes?select=some', 400, 'select should be one of: all,in-progress,ready'],
    ['DELETE', '/v2/snaps/system/conf', 405, 'method "DELETE" not allowed'],
    ['GET', '/v2/snaps//conf', 404, 'not found'],
    ['GET', '/v2/changes/%ff', 400, 'cannot understand the path of the request'],
  ];
  for (const [method, path, status, message] of cases) {
    t.match(
      await ask(layout.socket, method, path),
      { status, body: { type: 'error', 'status-code': status, result: { message } } },
      `${method} ${path}`,
    );
  }
  t.strictSame((await get('/v2/changes?select=all')).body.result, []);
});

t.test('an installation is a change that can be followed to the reboot, and after it', async (t) => {
  const { get, install, snap, machine, layout } = await served(t);
  const answer = await install(await snap({ name: 'virt-kernel', type: 'kernel', version: '2' }));
  t.match(answer, {
    status: 202,
    body: { type: 'async', 'status-code': 202, status: 'Accepted', result: null, change: '1' },
  });
  await machine.until(() => machine.rebooting !== undefined);
  const change = (await get('/v2/changes/1')).body;
  t.match(change.maintenance, rebooting);
  t.match(change.result, {
    id: '1',
    kind: 'install-snap',
    summary: 'Install "virt-kernel" snap from file "some.snap"',
    status: 'Wait',
    ready: false,
    data: { 'snap-names': ['virt-kernel'], 'snap-name': 'virt-kernel' },
  });
  const waiting = change.result.tasks.findIndex(({ status }: { status: string }) => status === 'Wait');
  t.match(change.result.tasks[waiting], { kind: 'link-snap' });
  for (const [at, { status }] of change.result.tasks.entries()) {
    t.equal(status, at < waiting ? 'Done' : at === waiting ? 'Wait' : 'Do', `task ${at}`);
  }
  t.strictSame(change.result.tasks[0].progress, { label: '', done: 1, total: 1 });
  t.equal((await get('/v2/changes')).body.result.length, 1);
  t.equal((await get('/v2/changes?select=ready')).body.result.length, 0);
  t.equal((await get('/v2/changes?select=all&for=virt')).body.result.length, 0);
  t.equal((await get('/v2/changes?select=all&for=virt-kernel')).body.result.length, 1);
  t.match((await get('/v2/holdfast/status')).body.result.trial, {
    phase: 'armed',
    set: { kernel: 'virt-kernel_x2.snap' },
    change: '1',
    'attempts-left': 3,
  });
  t.strictSame(
    (await get('/v2/snaps?select=all')).body.result.map(
      (s: { revision: string; status: string }) => `${s.revision} ${s.status}`,
    ),
    ['x1 active', 'x1 active', 'x1 active', 'x2 installed'],
  );

  const before = await treeOf(layout.root);
  t.match(
    await install(await snap({ name: 'bookworm', type: 'base' })),
    {
      status: 409,
      body: {
        result: {
          kind: 'snap-change-conflict',
          value: { 'change-kind': 'install-snap' },
          message: /change 1 .* is in progress/,
        },
      },
    },
    'while a trial is armed',
  );
  t.strictSame(await treeOf(layout.root), before);
});

t.test('while a trial runs nothing else starts', async (t) => {
  const { install, snap, machine, layout } = await served(t);
  await install(await snap({ name: 'virt-kernel', type: 'kernel' }));
  await machine.until(() => machine.rebooting !== undefined);
  await powerOn(layout);
  await machine.start();
  machine.freeze();
  await t.rejects(machine.device.assertFree(), { code: 'conflict' });
});

t.test('what cannot be installed is refused with a clear error, and nothing changes', async (t) => {
  const { layout, install, snap, machine } = await served(t);
  const kernel = await snap({
    name: 'virt-kernel',
    type: 'kernel',
    files: { 'kernel.img': randomBytes(20_000).toString('hex'), 'initrd.img': 'i' },
  });
  const cases: readonly (readonly [
    what: string,
    status: number,
    message: RegExp,
    body: Uint8Array,
    more?: readonly FormPart[],
  ])[] = [
    ['no snap', 400, /^cannot install some.snap: it is not a snap$/, Buffer.from('this is no snap')],
    ['an empty file', 400, /^cannot install some.snap: /, Buffer.alloc(0)],
    ['truncated', 400, /^cannot install some.snap: the file is cut short$/, kernel.subarray(0, kernel.length - 9000)],
    [
      'another architecture',
      400,
      /\(amd64\) are incompatible with this system \(arm64\)/,
      await snap({ name: 'virt-kernel', type: 'kernel', architectures: ['amd64'] }),
    ],
    [
      'another kernel',
      400,
      /cannot replace kernel snap with a different one/,
      await snap({ name: 'other-kernel', type: 'kernel' }),
    ],
    [
      'a kernel without its initrd',
      400,
      /initrd.img/,
      await snap({ name: 'virt-kernel', type: 'kernel', files: { 'kernel.img': 'k' } }),
    ],
    ['empty metadata', 400, /snap name cannot be empty/, await snap({ name: 'x', files: { 'meta/snap.yaml': '' } })],
    ['to be tried', 400, /cannot try/, kernel, [{ name: 'action', value: 'try' }]],
  ];
  await machine.device.parts.world.disk.free(layout.snaps);
  const before = await treeOf(layout.root);
  for (const [what, status, message, body, more = []] of cases) {
    const parts =
      more.length === 0 ? installForm(body) : formOf([...more, { name: 'snap', value: body, fileName: 'some.snap' }]);
    const answer = await ask(layout.socket, 'POST', '/v2/snaps', parts, formType);
    t.match(answer, { status, body: { type: 'error', result: { message } } }, what);
    t.strictSame(await treeOf(layout.root), before, `${what}: nothing changed`);
  }
  const forms: readonly (readonly [what: string, message: RegExp, body: Uint8Array, type?: string])[] = [
    [
      'unsigned',
      /^cannot find signatures with metadata for snap/,
      formOf([
        { name: 'action', value: 'install' },
        { name: 'snap', value: kernel, fileName: 'a' },
      ]),
    ],
    [
      'no file',
      /^cannot find "snap" file field/,
      formOf([
        { name: 'action', value: 'install' },
        { name: 'dangerous', value: 'true' },
      ]),
    ],
    ['two files', /is given twice$/, installForm(kernel, [{ name: 'snap', value: kernel, fileName: 'b' }])],
    ['a broken form', /^cannot read the form/, installForm(kernel).subarray(0, -20)],
    ['no form', /^cannot install zero snaps$/, Buffer.from('{"action":"install"}'), 'application/json'],
  ];
  for (const [what, message, body, type = formType] of forms) {
    const answer = await ask(layout.socket, 'POST', '/v2/snaps', body, type);
    t.match(answer, { status: 400, body: { type: 'error', result: { message } } }, what);
    t.strictSame(await treeOf(layout.root), before, `${what}: nothing changed`);
  }
  t.equal((await install(kernel)).status, 202, 'and the next one is taken');
});

t.test('a full medium is an error of its own, and nothing changes', async (t) => {
  const mebibyte = 1 << 20;
  const full: readonly (readonly [string, (path: string) => number, RegExp])[] = [
    ['no room for snaps', () => 3 * mebibyte, /does not fit into the 0 MiB/],
    ['too little room for snaps', () => 16 * mebibyte + 100, /does not fit into the 0 MiB/],
    [
      'too little room on the boot partition',
      (path) => (path.endsWith('uboot') ? 1000 : 64 * mebibyte),
      /boot partition has 1000 bytes free/,
    ],
  ];
  for (const [what, free, message] of full) {
    const { install, snap, layout } = await served(t, { free });
    const before = await treeOf(layout.root);
    const answer = await install(await snap({ name: 'virt-kernel', type: 'kernel' }));
    t.match(
      answer,
      {
        status: 507,
        body: { result: { kind: 'insufficient-disk-space', message, value: { 'change-kind': 'install' } } },
      },
      what,
    );
    t.strictSame(await treeOf(layout.root), before, `${what}: nothing changed`);
  }
});

t.test('a medium that fails in the middle of a step takes the change back', async (t) => {
  const broken = { now: false };
  const { get, install, snap, machine, layout } = await served(t, {
    onWrite: ({ op, path }, moment) => {
      if (broken.now && op === 'stream' && path.endsWith('initrd.img') && moment === 'before')
        throw new Error('the medium failed');
    },
  });
  broken.now = true;
  const trees = async () =>
    Object.keys(await treeOf(layout.root)).filter((path) => /boot|snaps|digests|partlabel/.test(path));
  const before = await trees();
  await install(await snap({ name: 'virt-kernel', type: 'kernel' }));
  await machine.until(() => machine.device.parts.changes.open().length === 0);
  t.match((await get('/v2/changes/1')).body.result, { status: 'Error', ready: true, err: /the medium failed/ });
  t.strictSame(await trees(), before);
});

t.test('another user may read, and change nothing', async (t) => {
  t.equal(process.getuid?.(), 0, 'this test needs root to become somebody else');
  const { layout, snap, directory } = await served(t);
  for (const path of [directory, layout.root, dirname(layout.socket)]) await chmod(path, 0o755);
  const kernel = installForm(await snap({ name: 'virt-kernel', type: 'kernel' })).toString('base64');
  const before = await treeOf(layout.root);
  const refused = JSON.parse(await asNobody(layout.socket, 'POST', '/v2/snaps', kernel, formType));
  t.match(refused, { type: 'error', 'status-code': 401, result: { message: 'access denied', kind: 'login-required' } });
  t.strictSame(await treeOf(layout.root), before);
  const read = JSON.parse(await asNobody(layout.socket, 'GET', '/v2/holdfast/status', '', formType));
  t.match(read, { type: 'sync', result: { boot: { good: goodSet } } });
});

t.test('a client that goes away in the middle of an upload leaves nothing', async (t) => {
  const { layout } = await served(t);
  const before = await treeOf(layout.root);
  const socket = connect(layout.socket);
  const form = installForm(Buffer.alloc(300_000, 1));
  socket.write(
    `POST /v2/snaps HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${formType}\r\nContent-Length: ${form.length}\r\n\r\n`,
  );
  const isThere = async () => Object.keys(await treeOf(layout.root)).some((path) => path.includes('local-install'));
  socket.write(form.subarray(0, 200_000));
  while (!(await isThere()));
  socket.destroy();
  while (await isThere());
  t.strictSame(await treeOf(layout.root), before);
});

t.test('a refusal reaches a client that has not sent its file yet', async (t) => {
  const { install, snap, machine } = await served(t);
  await install(await snap({ name: 'virt-kernel', type: 'kernel' }));
  await machine.until(() => machine.rebooting !== undefined);
  const answer = await install(Buffer.alloc(20 << 20, 1));
  t.equal(answer.status, 409);
});

t.test('a socket left from another process is taken over, and open to all', async (t) => {
  const path = join(await temporaryDirectory(t), 'run/socket');
  await mkdir(dirname(path));
  await writeFile(path, '');
  const server = createServer((_, response) => response.end('{}'));
  t.teardown(() => server.close());
  await listenAt(server, path);
  t.match(await ask(path, 'GET', '/'), { status: 200 });
  t.equal((await stat(path)).mode & 0o777, 0o666);
  server.closeAllConnections();
});

const limits = { connections: 64, guests: { together: 3, each: 2 }, drainBytes: 1 << 20, drainMillis: 1 };

/** Serves peers with these uids, in the order in which they connect; the last is that of all who come after it, too. */
async function servedTo(t: Test, uids: readonly number[]) {
  const { machine, layout } = await served(t);
  const path = `${layout.socket}.2`;
  const left = [...uids];
  const server = apiServer(
    { device: machine.device, boots: new FakeBootDesk(), snaps: new FakeSnapDesk(), version: '1' },
    () => (left.length > 1 ? left.shift() : left[0]) ?? -1,
    limits,
  );
  await listenAt(server, path);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return path;
}

/** Connects and asks, on a connection that stays open; `true` where it is answered, `false` where it is closed. */
function asks(t: Test, path: string, request = 'GET /v2/changes HTTP/1.1\r\nHost: x\r\n\r\n') {
  const socket = connect(path);
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(request);
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(false)));
  const answered = new Promise<boolean>((resolve) => socket.once('data', () => resolve(true)));
  return { socket, closed, isAnswered: Promise.race([answered, closed]) };
}

t.test('nobody keeps root out by holding connections, nor all others', async (t) => {
  const path = await servedTo(t, [1000, 1000, 1000, 1001, 1001, 0, 0, 1000]);
  const first = asks(t, path);
  t.equal(await first.isAnswered, true);
  for (const isAnswered of [true, false, true, false, true, true]) t.equal(await asks(t, path).isAnswered, isAnswered);
  first.socket.destroy();
  // The server may hear of it a little later than this end.
  while (!(await asks(t, path).isAnswered));
  t.pass('who leaves makes room');
});

t.test('a request that is answered and never comes to its end is cut off', async (t) => {
  const path = await servedTo(t, [1000]);
  const held = asks(t, path, 'POST /v2/snaps HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome');
  t.equal(await held.isAnswered, true);
  t.equal(await held.closed, false);
});
