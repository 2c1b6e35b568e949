/** For tests: trees on this thread, with calls that can fail or be watched, and what a tree is, to compare. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { WriteWitness } from '../durable.ts';
import { CallError, type TreeCalls, treeCalls } from './calls.ts';
import { Pace, WorkStopped } from './pace.ts';
import { type Trees, treesThat } from './trees.ts';
import { doTreeWork } from './work.ts';

/** Called before each call; an errno's name makes it fail, and `done` has it not made. */
export type CallHook = (call: keyof TreeCalls, ...args: readonly unknown[]) => string | undefined;

/** The real calls, each announced before it is made. */
export function hookedCalls(hook: CallHook): TreeCalls {
  const calls: TreeCalls = treeCalls();
  return new Proxy(calls, {
    get(target, property) {
      const key = property as keyof TreeCalls;
      return (...args: readonly unknown[]): unknown => {
        const errno = hook(key, ...args);
        if (errno === 'done') return undefined;
        if (errno !== undefined) throw new CallError(key, errno);
        return Reflect.apply(target[key], target, args);
      };
    },
  });
}

export function localTrees(calls: TreeCalls = treeCalls(), witness: WriteWitness = () => {}): Trees {
  return treesThat(async (request, { signal, progress }) => {
    const pace = new Pace(progress);
    const stop = () => pace.stop();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop);
    try {
      return await doTreeWork(calls, request, pace);
    } catch (error) {
      throw error instanceof WorkStopped ? signal?.reason : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }, witness);
}

/**
 * What is under a path, by its names (bytes as latin1): kind, mode, owner, time of change in ns, links inside of the tree, and
 * content.
 */
export function pictureOf(path: string, options: { readonly times?: boolean } = {}): Record<string, string> {
  const picture: Record<string, string> = {};
  const inodes = new Map<bigint, string>();
  const visit = (at: Buffer, name: string): void => {
    const stat = lstatSync(at, { bigint: true });
    const first = inodes.get(stat.ino);
    inodes.set(stat.ino, first ?? name);
    const fields = [
      `0${stat.mode.toString(8)}`,
      stat.uid,
      stat.gid,
      ...(options.times === false ? [] : [stat.mtimeNs]),
    ];
    if (stat.isFile()) fields.push(`${stat.size} bytes`, readFileSync(at).toString('latin1').slice(0, 100));
    if (stat.isSymbolicLink()) fields.push(`-> ${readlinkSync(at, 'latin1')}`);
    if (stat.isBlockDevice() || stat.isCharacterDevice()) fields.push(`device ${stat.rdev}`);
    if (first !== undefined) fields.push(`is ${first}`);
    picture[name] = fields.join(' ');
    if (!stat.isDirectory()) return;
    for (const entry of readdirSync(at, { encoding: 'buffer' }).sort(Buffer.compare)) {
      visit(Buffer.concat([at, Buffer.from('/'), entry]), `${name}/${entry.toString('latin1')}`);
    }
  };
  visit(Buffer.from(path), '');
  return picture;
}
