/**
 * The worker thread: one for all kinds of work, since each costs some ten megabytes; started when there is something to do, and
 * ended when there has been nothing for a while, so that an idle agent costs nothing.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { type SessionKind, Talk } from './worker-talk.ts';

/** How long the thread stays without work, milliseconds. */
const idleMillis = 1000;

/** The thread's own heap is small: what it works on lies outside of it. */
const resourceLimits = { stackSizeMb: 1, maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/** Beside the bundle's other files in what is shipped; in the sources Node runs it as it is. */
const script = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

interface Thread {
  readonly worker: Worker;
  sessions: number;
  timer: NodeJS.Timeout | undefined;
}

/** The one that takes work; there may be another for a moment, which has none and ends. */
let current: Thread | undefined;

/** True while the thread has something to do. */
export function areWorkersBusy(): boolean {
  return current !== undefined && current.sessions > 0;
}

/** Begins a conversation of a kind. Whoever began it ends it. */
export function talkTo(kind: SessionKind): Talk {
  current ??= start();
  const thread = current;
  clearTimeout(thread.timer);
  thread.sessions += 1;
  const { port1, port2 } = new MessageChannel();
  port1.once('close', () => {
    thread.sessions -= 1;
    if (thread.sessions === 0) rest(thread);
  });
  thread.worker.postMessage({ kind, port: port2 }, [port2]);
  return new Talk(port1);
}

function start(): Thread {
  // Nothing of what this process was started with is needed there, and loaders of a test runner would only be in the way.
  const worker = new Worker(script, { execArgv: [], name: 'holdfast-worker', resourceLimits });
  const thread: Thread = { worker, sessions: 0, timer: undefined };
  // Its conversations end with it, and whoever has one hears of that.
  worker.on('error', () => forget(thread));
  worker.on('exit', () => forget(thread));
  // It keeps nobody up: a conversation does.
  worker.unref();
  return thread;
}

function rest(thread: Thread): void {
  thread.timer = setTimeout(() => {
    // At once: it takes a while to end, and nobody may give it work meanwhile.
    forget(thread);
    void thread.worker.terminate();
  }, idleMillis);
  thread.timer.unref();
}

function forget(thread: Thread): void {
  clearTimeout(thread.timer);
  if (current === thread) current = undefined;
}
