/**
 * Worker threads, one for each kind of work at most: started when there is something to do, and ended when there has been
 * nothing for a while, so that an idle agent costs nothing.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { type SessionKind, Talk } from './worker-talk.ts';

/** How long a thread stays without work, milliseconds. */
const idleMillis = 5000;

/** A thread's own heap is small: what it works on lies outside of it. */
const resourceLimits = { stackSizeMb: 1, maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/** Beside the bundle's other files in what is shipped; in the sources Node runs it as it is. */
const script = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

interface Thread {
  readonly worker: Worker;
  sessions: number;
  timer: NodeJS.Timeout | undefined;
}

const threads = new Map<SessionKind, Thread>();

/** True while any thread has something to do. */
export function areWorkersBusy(): boolean {
  return [...threads.values()].some(({ sessions }) => sessions > 0);
}

/** Begins a conversation with the worker of a kind. Whoever began it ends it. */
export function talkTo(kind: SessionKind): Talk {
  const thread = threads.get(kind) ?? start(kind);
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

function start(kind: SessionKind): Thread {
  // Nothing of what this process was started with is needed there, and loaders of a test runner would only be in the way.
  const worker = new Worker(script, { execArgv: [], name: `holdfast-${kind}`, resourceLimits });
  const thread: Thread = { worker, sessions: 0, timer: undefined };
  const forget = () => {
    clearTimeout(thread.timer);
    if (threads.get(kind) === thread) threads.delete(kind);
  };
  // Its conversations end with it, and whoever has one hears of that.
  worker.on('error', forget);
  worker.on('exit', forget);
  // It keeps nobody up: a conversation does.
  worker.unref();
  threads.set(kind, thread);
  return thread;
}

function rest(thread: Thread): void {
  thread.timer = setTimeout(() => void thread.worker.terminate(), idleMillis);
  thread.timer.unref();
}
