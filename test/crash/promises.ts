/**
 * What the disk port promised, held against what a power cut leaves: what it had finished must be there, and what it was at
 * must be as before or as after, save for what its own comments allow (disk.ts). From the marks of the trace (witness.ts).
 */
import { basename, dirname, join } from 'node:path';
import type { DurableWrite } from '../../agent/system/durable.ts';
import { unfinishedName } from '../../agent/system/tree/work.ts';
import { SECTOR_BYTES } from './fate.ts';
import { isFat } from './kit.ts';
import { Medium } from './medium.ts';
import { below, digestOf, type Entry, type Picture } from './picture.ts';
import type { Recorded } from './record.ts';
import type { Step } from './trace.ts';
import { parseMark } from './witness.ts';

/** One promise. */
interface Held {
  readonly paths: readonly string[];
  /** Of a rewrite: the bytes it is about. */
  readonly region?: Region;
  /** The entry itself counts, and not what is in it. */
  readonly isShallow: boolean;
  /** Says what is wrong with a picture; undefined where nothing is. */
  check(picture: Picture): string | undefined;
}

interface Region {
  readonly start: number;
  readonly end: number;
}

/** The checks that hold from after one step until the next. */
export type Checks = readonly ((picture: Picture) => string | undefined)[];

/** The checks for a power cut after each step of the trace. A mark's count from there on. */
export function promisesOf({ steps, picture, inodes }: Recorded): Checks[] {
  const writes = writesOf(steps, new Medium(picture, inodes), inodes);
  let promises: readonly Held[] = [];
  return steps.map((_, index) => {
    for (const write of writes) {
      if (write.before.at === index) promises = [...without(promises, write), underWay(write)];
      if (write.after?.at === index) promises = [...without(promises, write), kept(write, write.after.picture)];
    }
    return promises.map((promise) => (picture: Picture) => promise.check(picture));
  });
}

interface Moment {
  readonly at: number;
  readonly picture: Picture;
}

interface Write {
  readonly what: DurableWrite;
  readonly before: Moment;
  /** Undefined where it never came to its end. */
  after: Moment | undefined;
  /** All it is about: of a rename both names. */
  paths: string[];
  /** What a rewrite really wrote. */
  region: Region | undefined;
}

function writesOf(steps: readonly Step[], medium: Medium, inodes: ReadonlyMap<string, number>): Write[] {
  const writes: Write[] = [];
  const open: Write[] = [];
  for (const [at, step] of steps.entries()) {
    medium.apply(step);
    if (step.kind === 'rename') {
      for (const write of open)
        if (write.what.op === 'rename' && write.what.path === step.to) write.paths.push(step.from);
    }
    if (step.kind === 'write') {
      const isMine = ({ what, region }: Write) =>
        what.op === 'rewrite' && inodes.get(what.path) === step.inode && step.offset === (region?.end ?? what.offset);
      const write = open.find(isMine);
      if (write !== undefined) {
        write.region = { start: write.region?.start ?? step.offset, end: step.offset + step.data.length };
      }
    }
    const mark = step.kind === 'mark' ? parseMark(step.text) : undefined;
    if (mark === undefined || mark.write.op === 'commit') continue;
    const { write: what, moment } = mark;
    if (moment === 'before') {
      const write: Write = {
        what,
        before: { at, picture: medium.live() },
        after: undefined,
        paths: [what.op === 'copy' ? join(dirname(what.path), unfinishedName(basename(what.path))) : what.path],
        region: undefined,
      };
      writes.push(write);
      open.push(write);
    }
    if (moment === 'after') {
      const index = open.findIndex(({ what: other }) => isSame(other, what));
      const [write] = open.splice(index, 1);
      if (write !== undefined) write.after = { at, picture: medium.live() };
    }
  }
  return writes;
}

function isSame(a: DurableWrite, b: DurableWrite): boolean {
  return a.op === b.op && a.path === b.path && a.offset === b.offset;
}

/** The promises that a write leaves as they are. */
function without(promises: readonly Held[], { paths, what, region }: Write): Held[] {
  return promises.filter((promise) => {
    for (const path of paths) {
      for (const other of promise.paths) {
        if (other.startsWith(`${path}/`)) return false;
        if (path.startsWith(`${other}/`) && !promise.isShallow) return false;
        if (other !== path) continue;
        const isRewrite = what.op === 'rewrite' && region !== undefined && promise.region !== undefined;
        if (!isRewrite || isNear(region, promise.region)) return false;
      }
    }
    return true;
  });
}

/** A cut may garble the sector beside those that are written. */
function isNear(a: Region, b: Region): boolean {
  return a.start - SECTOR_BYTES < b.end && b.start < a.end + SECTOR_BYTES;
}

function nameOf({ what }: Write): string {
  return `${what.op} ${what.path}`;
}

function underWay(write: Write): Held {
  const { paths, what, region, before, after } = write;
  const isShallow = what.op === 'mkdir';
  // A FAT has no rename in one step, whatever the port would like.
  const isSplit = what.op !== 'rewrite' && what.op !== 'mkdir' && isFat(what.path);
  // Trees are copied and removed bit by bit (trees.ts).
  const isBitByBit = what.op === 'copy' || (what.op === 'remove' && isTree(what.path));
  if (after === undefined || isSplit || isBitByBit) return { paths, isShallow, check: () => undefined };
  if (what.op === 'rewrite' && region !== undefined) {
    const size = sizeOf(before.picture.get(what.path));
    const check = (picture: Picture) =>
      sizeOf(picture.get(what.path)) === size ? undefined : `${nameOf(write)} was cut and changed the size`;
    return { paths, region, isShallow, check };
  }
  const allowed = [before.picture, after.picture].map((picture) => stateOf(write, picture));
  const isNew = (picture: Picture) => isShallow && picture.get(what.path)?.kind === 'directory';
  const check = (picture: Picture) =>
    isNew(picture) || allowed.includes(stateOf(write, picture))
      ? undefined
      : `${nameOf(write)} was cut and is half done`;
  return { paths, isShallow, check };
}

function kept(write: Write, after: Picture): Held {
  const { paths, what, region } = write;
  const isShallow = what.op === 'mkdir';
  const wanted = stateOf(write, after);
  const check = (picture: Picture) =>
    stateOf(write, picture) === wanted ? undefined : `${nameOf(write)} was finished and is not on the medium`;
  return { paths, isShallow, check, ...(what.op === 'rewrite' && region !== undefined ? { region } : {}) };
}

/** What a picture has where the write is. */
function stateOf({ paths, what, region }: Write, picture: Picture): string {
  if (what.op === 'mkdir') {
    const entry = picture.get(what.path);
    return entry === undefined ? 'nothing' : entry.kind === 'directory' ? `mode ${entry.mode}` : entry.kind;
  }
  if (what.op === 'rewrite') {
    const entry = picture.get(what.path);
    if (entry?.kind !== 'file' || region === undefined) return 'nothing';
    return Buffer.from(entry.bytes.subarray(region.start, region.end)).toString('base64');
  }
  return paths.map((path) => digestOf(below(picture, path))).join(' ');
}

/** Data of snaps. */
function isTree(path: string): boolean {
  return path.startsWith('/var/snap/');
}

function sizeOf(entry: Entry | undefined): number {
  return entry?.kind === 'file' ? entry.bytes.length : -1;
}
