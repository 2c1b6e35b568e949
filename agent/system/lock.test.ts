import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { realClock } from './clock.ts';
import { FakeClock } from './clock-fake.ts';
import { holderPid, type LockError, takeLock } from './lock.ts';
import { buildAddon, hostArch } from './native/build.ts';
import { loadNative } from './native/native.ts';
import { peerOf } from './peer.ts';

const { path: addonPath } = buildAddon(hostArch());
const native = loadNative(addonPath);

t.test('takeLock takes the lock, and gives it back on release', async (t) => {
  const path = join(t.testdir(), 'state.lock');
  const lock = await takeLock(path, { native, clock: realClock });
  await t.rejects(takeLock(path, { native, clock: realClock }), { name: 'LockError', code: 'held' });
  lock.release();
  (await takeLock(path, { native, clock: realClock })).release();
});

t.test('takeLock names the process that holds the lock, which loses it when it is killed', async (t) => {
  const path = join(t.testdir(), 'state.lock');
  const script = `import { takeLock } from './lock.ts'; import { loadNative } from './native/native.ts'; import { realClock as clock } from './clock.ts';
    await takeLock(${JSON.stringify(path)}, { native: loadNative(${JSON.stringify(addonPath)}), clock });
    console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const error: LockError = await takeLock(path, { native, clock: realClock }).then(
    () => t.fail('the lock was not held'),
    (error) => error,
  );
  t.match(error.holder, { pid: holder.pid, name: /^(node|MainThread)/ });
  t.match(error.message, `(pid ${holder.pid}) holds ${path}; stop it first`);
  const waiting = takeLock(path, { native, clock: realClock, waitMs: 60_000 });
  holder.kill('SIGKILL');
  (await waiting).release();
});

t.test('takeLock waits as long as it is told, and no longer', async (t) => {
  const path = join(t.testdir(), 'state.lock');
  const clock = new FakeClock();
  let tries = 0;
  const never = { flock: () => ++tries < 0 };
  let ended = false;
  const waiting = takeLock(path, { native: never, clock, waitMs: 1000 }).catch((error) => {
    ended = true;
    return error.code;
  });
  await clock.advance(999);
  t.notOk(ended);
  await clock.advance(1);
  t.equal(await waiting, 'held');
  t.ok(tries >= 10 && tries <= 12, 'ten tries a second');
});

t.test('takeLock refuses what is no file of its own', async (t) => {
  const folder = t.testdir({ secret: '' });
  symlinkSync('secret', join(folder, 'state.lock'));
  for (const path of [join(folder, 'state.lock'), join(folder, 'no/state.lock'), folder]) {
    await t.rejects(takeLock(path, { native, clock: realClock }), { code: 'unusable', message: /cannot lock/ });
  }
});

t.test('holderPid reads /proc/locks', async (t) => {
  const text = [
    '1: POSIX  ADVISORY  WRITE 111 fd:01:1234 0 EOF',
    '2: FLOCK  ADVISORY  WRITE 222 fd:01:9999 0 EOF',
    '2: -> FLOCK  ADVISORY  WRITE 333 fd:01:1234 0 EOF',
    '3: FLOCK  ADVISORY  WRITE -1 fd:01:4444 0 EOF',
    '4: FLOCK  ADVISORY  READ 555 00:1a:1234 0 EOF',
    '5: LEASE  ACTIVE    READ 666 fd:01:777 0 EOF',
  ].join('\n');
  const rows: readonly [inode: number, pid: number | undefined, why: string][] = [
    [1234, 555, 'the holder by flock, not by fcntl, and not one that only waits'],
    [9999, 222, 'another file'],
    [4444, undefined, 'a holder in a pid namespace that is not seen'],
    [777, undefined, 'a lease is no lock'],
    [1, undefined, 'no holder'],
  ];
  for (const [inode, pid, why] of rows) t.equal(holderPid(text, inode), pid, why);
  t.equal(holderPid('', 1), undefined);
});

t.test('peerOf names who has connected', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const server = createServer();
  server.listen(join(folder, 'socket'));
  await once(server, 'listening');
  const client = connect(join(folder, 'socket'));
  const [socket]: Socket[] = await once(server, 'connection');
  if (socket === undefined) throw new Error('no connection');
  t.strictSame(peerOf(socket, native), { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  socket.destroy();
  t.throws(() => peerOf(socket, native), { name: 'PeerError', code: 'closed' });
  client.destroy();
  server.close();
});

t.test('peerOf vouches for nobody over TCP', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  const [socket]: Socket[] = await once(server, 'connection');
  if (socket === undefined) throw new Error('no connection');
  t.throws(() => peerOf(socket, native), { name: 'PeerError', code: 'not-unix' });
  socket.destroy();
  client.destroy();
  server.close();
});
