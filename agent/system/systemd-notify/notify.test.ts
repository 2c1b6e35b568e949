import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  commandTransport,
  createNotifier,
  type Environment,
  formatState,
  listenFds,
  MAX_MESSAGE_BYTES,
  type Notifier,
  notifySocket,
  type State,
  watchdogInterval,
} from './index.ts';
import { receiver } from './receiver.ts';

t.test('formatState writes a line for each thing said', async (t) => {
  const rows: readonly [state: State, message: string][] = [
    [{ ready: true }, 'READY=1'],
    [{ reloading: true, monotonicUsec: 12n }, 'RELOADING=1\nMONOTONIC_USEC=12'],
    [{ stopping: true }, 'STOPPING=1'],
    [{ status: 'ä = ü' }, 'STATUS=ä = ü'],
    [{ status: '' }, 'STATUS='],
    [{ mainPid: 1 }, 'MAINPID=1'],
    [{ extendTimeoutUsec: 30_000_000 }, 'EXTEND_TIMEOUT_USEC=30000000'],
    [{ errno: 2 }, 'ERRNO=2'],
    [{ busError: 'org.freedesktop.DBus.Error.TimedOut' }, 'BUSERROR=org.freedesktop.DBus.Error.TimedOut'],
    [{ exitStatus: 0 }, 'EXIT_STATUS=0'],
    [{ exitStatus: 255 }, 'EXIT_STATUS=255'],
    [{ watchdog: true }, 'WATCHDOG=1'],
    [{ watchdog: 'trigger' }, 'WATCHDOG=trigger'],
    [{ watchdogUsec: 20_000_000 }, 'WATCHDOG_USEC=20000000'],
    [{ fdStore: {} }, 'FDSTORE=1'],
    [{ fdStore: { name: 'a b' } }, 'FDSTORE=1\nFDNAME=a b'],
    [{ fdStore: { name: 'x'.repeat(255), poll: false } }, `FDSTORE=1\nFDNAME=${'x'.repeat(255)}\nFDPOLL=0`],
    [{ fdStore: { poll: true } }, 'FDSTORE=1'],
    [{ fdStoreRemove: 'api' }, 'FDSTOREREMOVE=1\nFDNAME=api'],
    [{ status: 'up', ready: true, watchdog: false, mainPid: 7 }, 'READY=1\nSTATUS=up\nMAINPID=7'],
    [{ status: 'x'.repeat(MAX_MESSAGE_BYTES - 7) }, `STATUS=${'x'.repeat(MAX_MESSAGE_BYTES - 7)}`],
  ];
  for (const [state, message] of rows) t.equal(formatState(state), message);
});

t.test('formatState refuses what would be another message', async (t) => {
  const rows: readonly [state: State, code: string][] = [
    [{ status: 'one\nREADY=1' }, 'bad-value'],
    [{ status: 'a\0b' }, 'bad-value'],
    [{ status: 'x'.repeat(MAX_MESSAGE_BYTES - 6) }, 'too-long'],
    [{ status: 'ä'.repeat(MAX_MESSAGE_BYTES / 2) }, 'too-long'],
    [{ mainPid: 0 }, 'bad-value'],
    [{ mainPid: 1.5 }, 'bad-value'],
    [{ errno: -2 }, 'bad-value'],
    [{ exitStatus: 256 }, 'bad-value'],
    [{ exitStatus: -1 }, 'bad-value'],
    [{ watchdogUsec: 0 }, 'bad-value'],
    [{ busError: 'a\nREADY=1' }, 'bad-value'],
    [{ fdStore: { name: '' } }, 'bad-value'],
    [{ fdStore: { name: 'a:b' } }, 'bad-value'],
    [{ fdStore: { name: 'a\nb' } }, 'bad-value'],
    [{ fdStore: { name: 'ä' } }, 'bad-value'],
    [{ fdStore: { name: 'x'.repeat(256) } }, 'bad-value'],
    [{ fdStoreRemove: '' }, 'bad-value'],
    [{ fdStore: { name: 'a' }, fdStoreRemove: 'b' }, 'bad-value'],
    [{ extendTimeoutUsec: Number.NaN }, 'bad-value'],
    [{ extendTimeoutUsec: Number.POSITIVE_INFINITY }, 'bad-value'],
    [{ monotonicUsec: -1n }, 'bad-value'],
    [{ ready: false }, 'bad-value'],
    [{}, 'bad-value'],
  ];
  for (const [state, code] of rows) {
    t.throws(
      () => formatState(state),
      { name: 'NotifyError', code, message: /^cannot (send|keep) / },
      Object.keys(state).join(),
    );
  }
});

t.test('each call of a notifier is one message', async (t) => {
  const sent: [string, string][] = [];
  const notifier = createNotifier({
    env: { NOTIFY_SOCKET: '@systemd/notify' },
    send: (path, bytes) => {
      sent.push([path, Buffer.from(bytes).toString()]);
    },
  });
  t.ok(notifier.listening);
  const rows: readonly [call: (notifier: Notifier) => Promise<boolean>, message: RegExp][] = [
    [(n) => n.ready(), /^READY=1$/],
    [(n) => n.ready('up'), /^READY=1\nSTATUS=up$/],
    [(n) => n.reloading(), /^RELOADING=1\nMONOTONIC_USEC=\d+$/],
    [(n) => n.reloading('again'), /^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=again$/],
    [(n) => n.stopping('bye'), /^STOPPING=1\nSTATUS=bye$/],
    [(n) => n.status('busy'), /^STATUS=busy$/],
    [(n) => n.watchdog(), /^WATCHDOG=1$/],
    [(n) => n.mainPid(42), /^MAINPID=42$/],
    [(n) => n.extendTimeout(1_000_000), /^EXTEND_TIMEOUT_USEC=1000000$/],
    [(n) => n.errno(5), /^ERRNO=5$/],
    [(n) => n.notify({ ready: true, mainPid: 42 }), /^READY=1\nMAINPID=42$/],
    [(n) => n.removeFds('api'), /^FDSTOREREMOVE=1\nFDNAME=api$/],
  ];
  for (const [call, message] of rows) {
    t.equal(await call(notifier), true);
    t.match(sent.at(-1), ['@systemd/notify', message], String(message));
  }
  t.equal(sent.length, rows.length);
});

t.test('reloading carries the monotonic clock that systemd compares with', async (t) => {
  let message = '';
  const send = (_: string, bytes: Uint8Array): void => {
    message = Buffer.from(bytes).toString();
  };
  const before = process.hrtime.bigint() / 1000n;
  await createNotifier({ env: { NOTIFY_SOCKET: '/n' }, send }).reloading();
  const usec = BigInt(/USEC=(\d+)/.exec(message)?.[1] ?? 0);
  t.ok(usec >= before && usec <= process.hrtime.bigint() / 1000n);
});

t.test('a notifier without a listener sends nothing, but notices wrong values', async (t) => {
  const send = (): void => {
    throw new Error('sent');
  };
  for (const env of [{}, { NOTIFY_SOCKET: '' }]) {
    const notifier = createNotifier({ env, send });
    t.notOk(notifier.listening);
    t.equal(await notifier.ready(), false);
    await t.rejects(notifier.status('a\nb'), { code: 'bad-value' });
  }
});

t.test('a message that cannot be sent is an error', async (t) => {
  const env = { NOTIFY_SOCKET: '/run/notify' };
  const failing = [
    () => {
      throw new Error('ECONNREFUSED');
    },
    () => Promise.reject(new Error('ECONNREFUSED')),
  ];
  for (const send of failing) {
    const expected = { code: 'send-failed', message: 'cannot notify systemd at /run/notify: Error: ECONNREFUSED' };
    await t.rejects(createNotifier({ env, send }).ready(), expected);
  }
  const missing = createNotifier({ env, send: commandTransport('/nowhere/systemd-notify') });
  await t.rejects(missing.ready(), { code: 'send-failed', message: /\/nowhere\/systemd-notify is not installed/ });
});

t.test('NOTIFY_SOCKET is a path or an abstract name, and short enough for one', async (t) => {
  for (const socket of ['/run/systemd/notify', '@abstract', `/${'x'.repeat(106)}`]) {
    t.equal(notifySocket({ NOTIFY_SOCKET: socket }), socket);
  }
  for (const socket of ['run/notify', 'vsock:2:1', '/', '@', '/a\0b', `/${'x'.repeat(107)}`]) {
    t.throws(
      () => createNotifier({ env: { NOTIFY_SOCKET: socket } }),
      { name: 'NotifyError', code: 'bad-socket' },
      JSON.stringify(socket),
    );
  }
});

t.test('watchdogInterval is for this process only', async (t) => {
  const rows: readonly [env: Environment, interval: number | undefined][] = [
    [{}, undefined],
    [{ WATCHDOG_USEC: '20000000' }, 20_000],
    [{ WATCHDOG_USEC: '1500', WATCHDOG_PID: '7' }, 1.5],
    [{ WATCHDOG_USEC: '1500', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_PID: '7' }, undefined],
  ];
  for (const [env, interval] of rows) t.equal(watchdogInterval(env, 7), interval, JSON.stringify(env));
  for (const usec of ['0', '', '-1', '1e6', '20s', '9'.repeat(17)]) {
    t.throws(() => watchdogInterval({ WATCHDOG_USEC: usec }, 7), { code: 'bad-environment' }, usec);
  }
  t.throws(() => watchdogInterval({ WATCHDOG_USEC: '1', WATCHDOG_PID: 'me' }, 7), { code: 'bad-environment' });
});

t.test('listenFds gives the sockets with their names, for this process only', async (t) => {
  const rows: readonly [env: Environment, fds: readonly (readonly [fd: number, name: string])[]][] = [
    [{}, []],
    [{ LISTEN_FDS: '1' }, []],
    [{ LISTEN_PID: '8', LISTEN_FDS: '1' }, []],
    [{ LISTEN_PID: '7' }, []],
    [{ LISTEN_PID: '7', LISTEN_FDS: '0', LISTEN_FDNAMES: '' }, []],
    [
      { LISTEN_PID: '7', LISTEN_FDS: '2' },
      [
        [3, 'unknown'],
        [4, 'unknown'],
      ],
    ],
    [
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'api:snap.socket' },
      [
        [3, 'api'],
        [4, 'snap.socket'],
      ],
    ],
    [{ LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: '' }, [[3, '']]],
  ];
  for (const [env, fds] of rows)
    t.strictSame(
      listenFds(env, 7),
      fds.map(([fd, name]) => ({ fd, name })),
      JSON.stringify(env),
    );
  const wrong: readonly Environment[] = [
    { LISTEN_PID: 'x', LISTEN_FDS: '1' },
    { LISTEN_PID: '7', LISTEN_FDS: '-1' },
    { LISTEN_PID: '7', LISTEN_FDS: '1025' },
    { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'one' },
  ];
  for (const env of wrong) t.throws(() => listenFds(env, 7), { code: 'bad-environment' }, JSON.stringify(env));
});

/** A socket's path has to fit into 107 bytes, so not t.testdir(). */
function addresses(t: { teardown(fn: () => void): void }): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'notify-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return [join(folder, 'socket'), `@node-systemd-notify-test-${process.pid}`];
}

t.test(
  'the default transport reaches a real socket through systemd-notify, at a path and an abstract name',
  async (t) => {
    for (const address of addresses(t)) {
      const listener = await receiver(address);
      const notifier = createNotifier({ env: { NOTIFY_SOCKET: address } });
      t.equal(await notifier.ready('it is "up" = $HOME'), true);
      t.equal(await listener.next(), 'READY=1\nSTATUS=it is "up" = $HOME', 'in one datagram, as it was given');
      await listener.stop();
      await t.rejects(notifier.status('nobody'), { code: 'send-failed' }, 'nobody at the socket is an error');
    }
  },
);
