/**
 * What a worker thread runs: conversations of the kinds below, many at a time, each over a port of its own (workers.ts).
 * Loaded from this file in the sources, and from `worker.js` beside the other files of the shipped bundle.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type SessionKind, Talk } from './worker-talk.ts';

const sessions: Readonly<Record<SessionKind, () => Promise<(talk: Talk) => Promise<void>>>> = {
  checkpoint: async () => (await import('./database-checkpoint-session.ts')).checkpointSession,
  tree: async () => (await import('./tree/session.ts')).treeSession,
};

parentPort?.on('message', ({ kind, port }: { readonly kind: SessionKind; readonly port: MessagePort }) => {
  void serve(kind, new Talk(port));
});

/** A session tells its own errors; what comes here is that the other side has hung up, and then nobody is left to tell. */
async function serve(kind: SessionKind, talk: Talk): Promise<void> {
  try {
    const session = await sessions[kind]();
    await session(talk);
  } catch {
    // The end of the conversation is the answer.
  } finally {
    talk.end();
  }
}
