/** Descriptors that are kept, and the barrier. What really arrives is shown by the native addon's tests and under systemd. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { commandFdTransport, commandTransport, createNotifier, type SendFds } from './index.ts';

const env = { NOTIFY_SOCKET: '/run/systemd/notify' };
type Sent = readonly [message: string, fds: readonly number[]];

/** A sender that keeps what it was given. */
function recorder(): {
  readonly sent: Sent[];
  readonly send: (path: string, bytes: Uint8Array) => void;
  readonly sendFds: SendFds;
} {
  const sent: Sent[] = [];
  const sendFds: SendFds = (_path, bytes, fds) => void sent.push([Buffer.from(bytes).toString(), fds]);
  return { sent, sendFds, send: (path, bytes) => void sendFds(path, bytes, []) };
}

t.test('storeFds sends descriptors with their name, in one message', async (t) => {
  const { sent, send, sendFds } = recorder();
  const notifier = createNotifier({ env, send, sendFds });
  t.equal(await notifier.storeFds([7, 8], { name: 'api' }), true);
  await notifier.storeFds([7], { poll: false });
  await notifier.notify({ ready: true, fdStore: { name: 'x' } }, [9]);
  await notifier.removeFds('api');
  t.strictSame(sent, [
    ['FDSTORE=1\nFDNAME=api', [7, 8]],
    ['FDSTORE=1\nFDPOLL=0', [7]],
    ['READY=1\nFDSTORE=1\nFDNAME=x', [9]],
    ['FDSTOREREMOVE=1\nFDNAME=api', []],
  ]);
  t.equal(await createNotifier({ env: {}, send, sendFds }).storeFds([7]), false, 'nobody listens');
  t.equal(sent.length, 4);
});

t.test('descriptors that cannot be are refused, also where nobody listens', async (t) => {
  const { sent, send, sendFds } = recorder();
  for (const notifier of [createNotifier({ env, send, sendFds }), createNotifier({ env: {}, send, sendFds })]) {
    for (const fds of [[-1], [1.5], [Number.NaN], [], Array(254).fill(1)]) {
      await t.rejects(notifier.storeFds(fds), { name: 'NotifyError', code: 'bad-value' }, `${fds.length}: ${fds[0]}`);
    }
    await t.rejects(notifier.notify({ ready: true }, [3]), { code: 'bad-value' }, 'descriptors that nobody would keep');
  }
  t.same(sent, []);
});

t.test('a sender without descriptors says so', async (t) => {
  const { sent, send } = recorder();
  const notifier = createNotifier({ env, send });
  await t.rejects(notifier.storeFds([3]), {
    code: 'unsupported',
    message: /^cannot send descriptors: .* pass sendFds/,
  });
  await t.rejects(notifier.barrier(), { code: 'unsupported', message: /^cannot wait for systemd: / });
  t.same(sent, [], 'and sends nothing else instead');
});

t.test('a sender of descriptors that fails is an error', async (t) => {
  const sendFds = (): never => {
    throw new Error('EBADF');
  };
  const notifier = createNotifier({ env, send: () => {}, sendFds });
  const message = 'cannot notify systemd at /run/systemd/notify: Error: EBADF';
  await t.rejects(notifier.storeFds([3]), { code: 'send-failed', message });
  await t.rejects(notifier.barrier(), { code: 'send-failed', message }, 'of a barrier as well');
});

/** Stands in for systemd: somebody else who has the descriptor open, until let go. */
function holder(fd: number): ChildProcess {
  return spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
}

t.test('barrier resolves when the other side has closed the descriptor, not before', async (t) => {
  const sent: string[] = [];
  let taken = Promise.withResolvers<ChildProcess>();
  const sendFds: SendFds = async (_path, bytes, fds) => {
    sent.push(Buffer.from(bytes).toString());
    t.equal(fds.length, 1, 'one descriptor');
    const child = holder(fds[0] ?? -1);
    await once(child, 'spawn');
    taken.resolve(child);
  };
  const notifier = createNotifier({ env, send: (_, bytes) => void sent.push(Buffer.from(bytes).toString()), sendFds });
  await notifier.status('before');
  await t.rejects(notifier.barrier(100), { code: 'no-answer', message: /has not read the messages in 100 ms/ });
  (await taken.promise).kill('SIGKILL');

  taken = Promise.withResolvers();
  let over = false;
  const waiting = notifier.barrier(60_000).then((answer) => {
    over = true;
    return answer;
  });
  const child = await taken.promise;
  t.equal(over, false, 'while somebody has it open');
  child.kill('SIGKILL');
  t.equal(await waiting, true);
  t.strictSame(sent, ['STATUS=before', 'BARRIER=1', 'BARRIER=1']);
  t.equal(await createNotifier({ env: {}, send: () => {}, sendFds }).barrier(), false, 'nobody listens');
});

t.test(
  'barrier waits for messages that are under way, and for nothing else where those are acknowledged',
  async (t) => {
    const gate = Promise.withResolvers<void>();
    const send = Object.assign(() => gate.promise, { acknowledged: true });
    const notifier = createNotifier({ env, send });
    const status = notifier.status('slow');
    let over = false;
    const barrier = notifier.barrier().then(() => {
      over = true;
    });
    await setImmediate();
    t.equal(over, false, 'the message has not been read');
    gate.resolve();
    await Promise.all([status, barrier]);
    const failing = createNotifier({
      env,
      send: Object.assign(() => Promise.reject(new Error('no')), { acknowledged: true }),
    });
    const refused = failing.status('x');
    t.equal(await failing.barrier(), true, 'a message that could not be sent is told where it was sent');
    await t.rejects(refused, { code: 'send-failed' });
  },
);

/** A `systemd-notify` that writes down how it was called, and what it can read from its descriptors. */
function fakeCommand(folder: string, tail: string): string {
  const command = join(folder, 'systemd-notify');
  writeFileSync(command, `#!/bin/sh\nprintf '%s\\n' "$NOTIFY_SOCKET" "$@" > ${folder}/called\n${tail}\n`);
  chmodSync(command, 0o755);
  return command;
}

t.test('the command is given the descriptors, as systemd 254 and later take them', async (t) => {
  const folder = t.testdir({ one: 'first', two: 'second' });
  const command = fakeCommand(folder, `cat <&3 <&4 > ${folder}/read; cat <&3 >> ${folder}/read`);
  const sender = { send: commandTransport(command), sendFds: commandFdTransport(command) };
  const notifier = createNotifier({ env, ...sender });
  const fds = [openSync(join(folder, 'one'), 'r'), openSync(join(folder, 'two'), 'r')];
  t.equal(await notifier.storeFds(fds, { name: 'two words' }), true);
  const called = readFileSync(join(folder, 'called'), 'utf8').trimEnd().split('\n');
  t.same(called, ['/run/systemd/notify', '--fd=3', '--fd=4', 'FDSTORE=1', 'FDNAME=two words']);
  t.equal(readFileSync(join(folder, 'read'), 'utf8'), 'secondfirst');
  for (const fd of fds) t.ok(fstatSync(fd).isFile(), 'they stay open here');
  t.equal(await notifier.barrier(), true, 'the command waits by itself');
  t.match(readFileSync(join(folder, 'called'), 'utf8'), 'FDSTORE', 'and is not called again for that');
});

t.test('what the command complains of is told', async (t) => {
  const folder = t.testdir({});
  const command = fakeCommand(folder, `echo "systemd-notify: unrecognized option '--fd=3'" >&2; exit 1`);
  const notifier = createNotifier({ env, sendFds: commandFdTransport(command) });
  const old = /^cannot notify systemd: .*systemd-notify: unrecognized option '--fd=3'$/;
  await t.rejects(notifier.storeFds([0]), { code: 'send-failed', message: old });
  const silent = createNotifier({ env, send: commandTransport(fakeCommand(folder, 'exit 3')) });
  await t.rejects(silent.ready(), { code: 'send-failed', message: /it ended with status 3$/ });
  const killed = createNotifier({ env, send: commandTransport(fakeCommand(folder, 'kill -9 $$')) });
  await t.rejects(killed.ready(), { code: 'send-failed', message: /it ended with SIGKILL$/ });
});
