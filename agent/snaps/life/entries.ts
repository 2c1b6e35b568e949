/**
 * Small files and links that a task exchanges for others, and can put back exactly as they were: what was there is announced
 * in the task's data before the first of them is touched.
 */
import { join } from 'node:path';
import type { Layout } from '../../boot/layout.ts';
import type { TaskContext } from '../../engine/handler.ts';
import { DEFAULT_FILE_MODE, type Disk } from '../../system/disk.ts';
import { DiskError } from '../../system/disk-error.ts';

export type Entry =
  | { readonly link: string }
  /** `mode`: permission bits; 0o644 where none are given. */
  | { readonly text: string; readonly mode?: number };

/** By path on the device, in the order in which they are written; `null` where nothing is. */
export type Entries = Readonly<Record<string, Entry | null>>;

export interface Files {
  readonly disk: Disk;
  readonly layout: Pick<Layout, 'root'>;
}

/** No file of this kind is larger; bytes. */
const maxTextBytes = 1 << 20;
/** The name under which a task's data carries what was there before. */
const beforeKey = 'before';

export function pathOn({ layout }: Pick<Files, 'layout'>, path: string): string {
  return join(layout.root, path);
}

export async function readEntry(files: Files, path: string): Promise<Entry | null> {
  const { disk } = files;
  const real = pathOn(files, path);
  const stat = await disk.stat(real);
  if (stat === undefined) return null;
  if (stat.kind === 'symlink') return { link: await disk.readLink(real) };
  const text = new TextDecoder().decode(await disk.readFile(real, { maxBytes: maxTextBytes }));
  return stat.mode === DEFAULT_FILE_MODE ? { text } : { text, mode: stat.mode };
}

export async function readEntries(files: Files, paths: Iterable<string>): Promise<Entries> {
  const entries: [string, Entry | null][] = [];
  for (const path of paths) entries.push([path, await readEntry(files, path)]);
  return Object.fromEntries(entries);
}

/** One durable write each. */
export async function writeEntries(files: Files, entries: Entries): Promise<void> {
  for (const [path, entry] of Object.entries(entries)) await writeEntry(files, path, entry);
}

/** Where nothing fits any more, what is so already may stay. */
async function writeEntry(files: Files, path: string, entry: Entry | null): Promise<void> {
  try {
    await write(files, path, entry);
  } catch (error) {
    const isFull = error instanceof DiskError && error.code === 'no-space';
    if (!isFull || !isSame(await readEntry(files, path), entry)) throw error;
  }
}

async function write(files: Files, path: string, entry: Entry | null): Promise<void> {
  const { disk } = files;
  const real = pathOn(files, path);
  if (entry === null) return disk.remove(real);
  if ('link' in entry) return disk.swapSymlink(entry.link, real);
  return disk.replace(real, new TextEncoder().encode(entry.text), { mode: entry.mode ?? DEFAULT_FILE_MODE });
}

/** Those that are not as they were. */
export function changedEntries(before: Entries, wanted: Entries): Entries {
  return Object.fromEntries(Object.entries(wanted).filter(([path, entry]) => !isSame(before[path] ?? null, entry)));
}

export function isSame(a: Entry | null, b: Entry | null): boolean {
  if (a === null || b === null) return a === b;
  if ('link' in a || 'link' in b) return 'link' in a && 'link' in b && a.link === b.link;
  return a.text === b.text && (a.mode ?? DEFAULT_FILE_MODE) === (b.mode ?? DEFAULT_FILE_MODE);
}

/**
 * What was at these paths before this task touched any of them: read once, and announced together with `more`. A task that
 * has run before has it from then.
 */
export async function announceBefore(
  files: Files,
  context: TaskContext,
  paths: Iterable<string>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Entries> {
  const known = beforeOf(context);
  if (known !== undefined) return known;
  const before = await readEntries(files, paths);
  await context.announce({ ...more, [beforeKey]: before });
  return before;
}

/** Brings these paths to what is wanted; what is so already is not written. */
export async function exchange(files: Files, context: TaskContext, wanted: Entries): Promise<void> {
  const known = beforeOf(context) ?? (await readEntries(files, Object.keys(wanted)));
  const changed = changedEntries(known, wanted);
  if (Object.keys(changed).length === 0) return;
  const before = await announceBefore(files, context, Object.keys(changed));
  await writeEntries(files, changedEntries(before, wanted));
}

/**
 * Puts back what this task has exchanged, the last first; false where it had not come to that. What was not there before goes
 * first: it makes room for the rest.
 * @param isOurs true for each path that is still this task's to put back
 */
export async function putBack(
  files: Files,
  context: TaskContext,
  isOurs: (path: string) => boolean = () => true,
): Promise<boolean> {
  const before = beforeOf(context);
  if (before === undefined) return false;
  const entries = Object.entries(before)
    .filter(([path]) => isOurs(path))
    .toReversed();
  const isNew = ([, entry]: readonly [string, Entry | null]) => entry === null;
  await writeEntries(files, Object.fromEntries(entries.filter(isNew)));
  await writeEntries(files, Object.fromEntries(entries.filter((entry) => !isNew(entry))));
  return true;
}

export function beforeOf({ task }: Pick<TaskContext, 'task'>): Entries | undefined {
  const value = task.data[beforeKey];
  return isEntries(value) ? value : undefined;
}

function isEntries(value: unknown): value is Entries {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((entry: unknown) => {
    if (entry === null) return true;
    return typeof entry === 'object' && ('link' in entry || 'text' in entry);
  });
}

/** Removes a directory in which nothing is; what is not empty, or not there, stays as it is. */
export async function removeEmpty(files: Files, path: string): Promise<void> {
  const { disk } = files;
  const real = pathOn(files, path);
  if ((await disk.stat(real))?.kind !== 'directory' || (await disk.list(real)).length > 0) return;
  await disk.remove(real);
}
