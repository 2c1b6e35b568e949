/**
 * A service for `notify.test.ts`, run on the device: it tells systemd what it is asked to tell. Bundled into one file.
 *
 * usage: notify-service.js FOLDER (native | command | slow), with FIFOs `ask` and `answer` in the folder
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { createNotifier, listenFds, NotifyError, watchdogInterval } from 'node-systemd-notify';
import { native } from '../../../agent/system/native/native.ts';
import { systemNotifier } from '../../../agent/system/notify.ts';

/** More than the TimeoutStartSec= of the unit that runs `slow`. */
const SLOW_MS = 31_000;
const MINUTE_USEC = 60_000_000;

const [folder = '', mode = ''] = process.argv.slice(2);
const notifier = mode === 'native' ? systemNotifier(native()) : createNotifier();
const helper = spawn('sleep', ['infinity'], { stdio: 'ignore' });

/** A file without a name, which only an open descriptor leads to. */
function secret(): number {
  const path = join(folder, 'secret');
  writeFileSync(path, 'still here');
  const fd = openSync(path, 'r');
  unlinkSync(path);
  return fd;
}

/** What a client of the socket `name` is told by this process. */
async function serveOnce(name: string): Promise<string> {
  const fd = listenFds().find((socket) => socket.name === name)?.fd;
  if (fd === undefined) return `no socket ${name}`;
  const server = createServer((socket) => socket.end(`hello from ${name}`)).listen({ fd });
  try {
    return await text(connect(join(folder, name)));
  } finally {
    server.close();
  }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => (error instanceof NotifyError ? error.code : String(error)));
}

const ANSWERS: Readonly<Record<string, () => unknown>> = {
  who: () => ({ pid: process.pid, helper: helper.pid, watchdog: watchdogInterval() }),
  sockets: () => listenFds(),
  api: () => serveOnce('api'),
  admin: () => serveOnce('admin'),
  status: () => notifier.status('3 of 7, ä "quoted" = $HOME'),
  watchdog: () => notifier.watchdog(),
  'watchdog-minutes': () => notifier.notify({ watchdogUsec: 2 * MINUTE_USEC }),
  reloading: () => notifier.reloading('reading it all again'),
  ready: () => notifier.ready('read'),
  failing: () => notifier.notify({ errno: 2, busError: 'org.example.Error', exitStatus: 1 }),
  store: async () => {
    const devices = ['/dev/null', '/dev/zero'].map((path) => openSync(path, 'r'));
    const file = secret();
    const sent = [
      await notifier.storeFds(devices, { name: 'devices', poll: false }),
      await notifier.storeFds([file], { name: 'secret', poll: false }),
    ];
    for (const fd of [...devices, file]) closeSync(fd);
    return sent;
  },
  'store-code': () => codeOf(notifier.storeFds([0], { name: 'in' })),
  remove: () => notifier.removeFds('devices'),
  kept: () => readFileSync(listenFds().find(({ name }) => name === 'secret')?.fd ?? -1, 'utf8'),
  'main-helper': () => notifier.mainPid(helper.pid ?? 0),
  'main-self': () => notifier.mainPid(process.pid),
  stopping: () => notifier.stopping('on the way out'),
  trigger: () => notifier.notify({ watchdog: 'trigger' }),
};

mkdirSync(folder, { recursive: true });
if (mode === 'slow') {
  await notifier.extendTimeout(5 * MINUTE_USEC);
  await setTimeout(SLOW_MS);
}
await notifier.ready(`listening, ${mode}`);
for (;;) {
  const ask = (await readFile(join(folder, 'ask'), 'utf8')).trim();
  if (ask === 'exit') break;
  const answer = (await ANSWERS[ask]?.()) ?? null;
  // systemd has read what was sent before the test looks at what it made of it.
  await notifier.barrier();
  await writeFile(join(folder, 'answer'), `${JSON.stringify(answer)}\n`);
}
helper.kill();
