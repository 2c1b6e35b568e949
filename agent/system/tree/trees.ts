/**
 * The port for trees that snaps and users own: copies, trash, removal. Each is durable when its promise resolves, and announced
 * to a witness as the disk port's writes are. Errors are DiskErrors.
 */
import { DiskError } from '../disk-error.ts';
import type { DurableOp, WriteWitness } from '../durable.ts';
import { talkTo } from '../workers.ts';
import type { TreeSaid } from './session.ts';
import { pathAt, type Spot } from './spot.ts';
import type { Found, TreeAnswer, TreeRequest } from './work.ts';

export interface WorkOptions {
  /** The promise rejects with its reason once the work has stopped. */
  readonly signal?: AbortSignal;
  /** Bytes copied so far. */
  readonly progress?: (bytes: number) => void;
}

export interface Trees {
  /** What is there, not followed; `undefined` where nothing is. `wrong-kind` where something on the way is no directory. */
  look(spot: Spot, name: string): Promise<Found | undefined>;
  /** Makes a directory where there is none; that of the spot has to be there. */
  mkdir(spot: Spot, name: string, mode: number): Promise<void>;
  /**
   * Copies a tree to the unfinished name of `to` (work.ts), in the place of whatever has that name. A power cut during it leaves
   * part of the copy.
   */
  copy(spot: Spot, from: string, to: string, options?: WorkOptions): Promise<void>;
  /** Nothing there is no error; `exists` where something has the new name. */
  rename(spot: Spot, from: string, to: string): Promise<void>;
  /** Removes a tree; nothing there is no error. A power cut during it leaves part of the tree. */
  remove(spot: Spot, name: string, options?: WorkOptions): Promise<void>;
  /** Removes a directory that is empty; one that is not stays. */
  rmdir(spot: Spot, name: string): Promise<void>;
}

export type AskTreeWork = (request: TreeRequest, options: WorkOptions) => Promise<TreeAnswer>;

/** Trees whose work is done in a worker thread. A product passes no witness. */
export function workerTrees(witness: WriteWitness = () => {}): Trees {
  return treesThat(askWorker, witness);
}

/** Trees whose work is done by whoever is asked. */
export function treesThat(ask: AskTreeWork, witness: WriteWitness): Trees {
  const write = async (op: DurableOp, request: TreeRequest, path: string, options: WorkOptions = {}): Promise<void> => {
    const durable = { op, path };
    witness(durable, 'before');
    await ask(request, options);
    if (op === 'copy' || op === 'remove') witness(durable, 'inside');
    witness(durable, 'after');
  };
  return {
    async look(spot, name) {
      const found = await ask({ op: 'look', spot, name }, {});
      return found === 'done' ? undefined : found;
    },
    mkdir: (spot, name, mode) => write('mkdir', { op: 'mkdir', spot, name, mode }, pathAt(spot, name)),
    copy: (spot, name, to, options) => write('copy', { op: 'copy', spot, name, to }, pathAt(spot, to), options),
    rename: (spot, name, to) => write('rename', { op: 'rename', spot, name, to }, pathAt(spot, to)),
    remove: (spot, name, options) => write('remove', { op: 'remove', spot, name }, pathAt(spot, name), options),
    rmdir: (spot, name) => write('remove', { op: 'rmdir', spot, name }, pathAt(spot, name)),
  };
}

const askWorker: AskTreeWork = async (request, { signal, progress }) => {
  signal?.throwIfAborted();
  const talk = talkTo('tree');
  const stop = () => talk.say('stop');
  try {
    talk.say(request);
    signal?.addEventListener('abort', stop);
    for (;;) {
      const said = (await talk.hear()) as TreeSaid;
      if (said.kind === 'ended') return said.answer;
      if (said.kind === 'progress') progress?.(said.bytes);
      else throw said.kind === 'stopped' ? signal?.reason : failure(said);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    talk.end();
  }
};

function failure({ code, path, message }: Extract<TreeSaid, { kind: 'failed' }>): DiskError {
  const error = new DiskError(code, 'work on', path);
  error.message = message;
  return error;
}
