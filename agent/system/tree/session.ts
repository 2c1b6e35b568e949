/** Work on trees beside the main thread: one request, progress now and then, and how it ended. */
import { DiskError, type DiskErrorCode } from '../disk-error.ts';
import type { Talk } from '../worker-talk.ts';
import { treeCalls } from './calls.ts';
import { Pace, WorkStopped } from './pace.ts';
import { doTreeWork, type TreeAnswer, type TreeRequest } from './work.ts';

export type TreeSaid =
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'ended'; readonly answer: TreeAnswer }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly code: DiskErrorCode; readonly path: string; readonly message: string };

/** After the request, whatever else is said tells it to stop. */
export async function treeSession(talk: Talk): Promise<void> {
  const say = (said: TreeSaid) => talk.say(said);
  const request = (await talk.hear()) as TreeRequest;
  const pace = new Pace((bytes) => say({ kind: 'progress', bytes }));
  const stop = () => pace.stop();
  const over = talk.hear().then(stop, stop);
  try {
    say({ kind: 'ended', answer: await doTreeWork(treeCalls(), request, pace) });
  } catch (error) {
    if (error instanceof WorkStopped) say({ kind: 'stopped' });
    else say(failed(error));
  }
  // The other side hangs up when it has heard, if it has not said anything before.
  await over;
}

function failed(error: unknown): TreeSaid {
  if (error instanceof DiskError) {
    const { code, path, message } = error;
    return { kind: 'failed', code, path, message };
  }
  return { kind: 'failed', code: 'io', path: '', message: error instanceof Error ? error.message : String(error) };
}
