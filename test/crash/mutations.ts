/**
 * The agent without one kind of its syncs, or without reading back: a trace with those steps left out is what the agent would
 * have done. Each has to be caught, or has a reason in `SURVIVORS`.
 */
import { dirname } from 'node:path';
import { isTemporary } from '../../agent/system/disk.ts';
import type { DurableWrite } from '../../agent/system/durable.ts';
import { Medium } from './medium.ts';
import type { Recorded } from './record.ts';
import type { Step } from './trace.ts';
import { parseMark } from './witness.ts';

export interface Mutation {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Steps that are another way. */
  readonly changed: number;
}

/** The mutations that a recording has steps for. @param database its path */
export function mutationsOf({ picture, inodes, steps }: Recorded, database: string): Mutation[] {
  const medium = new Medium(picture, inodes);
  const open: DurableWrite[] = [];
  const kinds = new Map<string, number[]>();
  const add = (kind: string, index: number) => kinds.set(kind, [...(kinds.get(kind) ?? []), index]);
  for (const [index, step] of steps.entries()) {
    medium.apply(step);
    const mark = step.kind === 'mark' ? parseMark(step.text) : undefined;
    if (mark?.moment === 'before') open.push(mark.write);
    if (mark?.moment === 'after') {
      open.splice(
        open.findIndex(({ op, path }) => op === mark.write.op && path === mark.write.path),
        1,
      );
    }
    if (step.kind === 'sync') {
      const path = medium.pathOf(step.inode) ?? '';
      add(`sync of ${syncedBy(path, open, database) ?? databasePart(path, database) ?? path}`, index);
    }
    if (step.kind === 'sync-all') add('sync of the file system', index);
    if (step.kind === 'write') {
      const path = medium.pathOf(step.inode) ?? '';
      const written = open.find((write) => write.op !== 'commit' && contentOf(path, write));
      if (written !== undefined) add(`read-back after ${written.op}`, index);
    }
  }
  return [...kinds].map(([name, indexes]) => {
    const mine = new Set(indexes);
    const changed = steps.map((step, index) => (mine.has(index) ? mutated(step) : step));
    return { name, steps: changed, changed: indexes.length };
  });
}

/** A sync is left out; a write reaches the medium with a bit turned over, which only reading back would have seen. */
function mutated(step: Step): Step {
  if (step.kind !== 'write') return { kind: 'mark', text: 'left out' };
  const data = step.data.slice();
  data[0] = (data[0] ?? 0) ^ 1;
  return { ...step, data };
}

/** What a sync by the disk port is for. */
function syncedBy(path: string, open: readonly DurableWrite[], database: string): string | undefined {
  if (path === database || path.startsWith(`${database}-`)) return undefined;
  for (const write of open) {
    if (write.op === 'commit') continue;
    if (contentOf(path, write)) return `the content, ${write.op}`;
    if (path === write.path) return `${write.op === 'mkdir' ? 'the new folder' : 'what was renamed'}, ${write.op}`;
    if (path === dirname(write.path)) return `the folder, ${write.op}`;
  }
  return undefined;
}

function contentOf(path: string, { op, path: target }: DurableWrite): boolean {
  if (op === 'rewrite') return path === target;
  return dirname(path) === dirname(target) && isTemporary(path.slice(path.lastIndexOf('/') + 1));
}

function databasePart(path: string, database: string): string | undefined {
  if (path === database) return 'the database file';
  if (path === `${database}-wal`) return "the database's log";
  if (path === `${database}-journal`) return "the database's first journal";
  return path === dirname(database) ? "the database's folder" : undefined;
}
