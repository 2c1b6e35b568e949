/** Builds the snaps of `faults.ts`, each from the same parts as the good one, into one read-only payload disk. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileSource, SquashfsImage } from 'squashfs-ts';
import type { CpioEntry } from '../../../bootloader/initramfs/cpio.ts';
import { buildBase } from '../../../images/disk/base.ts';
import { cached } from '../../../images/disk/cache.ts';
import { digestSources } from '../../../images/disk/hash.ts';
import { buildKernel } from '../../../images/disk/kernel.ts';
import type { OverlayEntry } from '../../../images/disk/overlay.ts';
import type { Report } from '../../../images/disk/progress.ts';
import type { Change, Tried } from './fault.ts';

const INIT = join(import.meta.dirname, '../../../bootloader/initramfs/init');
const MAX_FILE = 64 * 1024 * 1024;

export interface SnapsOptions {
  readonly cacheDir: string;
  /** The good snaps of the image: what a fault is a change of. */
  readonly kernel: string;
  readonly base: string;
  readonly report?: Report;
}

/** Builds one snap into `outFile`. Version 2, so that even a good one differs from what the image has. */
export async function buildFaulty(
  { slot, changes }: Pick<Tried, 'slot' | 'changes'>,
  outFile: string,
  options: SnapsOptions,
): Promise<void> {
  const { cacheDir, report } = options;
  const common = { cacheDir, outFile, version: '2', ...(report === undefined ? {} : { report }) };
  const overlay = await overlayOf(changes, slot === 'kernel' ? options.kernel : options.base);
  if (slot === 'base') {
    await buildBase({ ...common, overlay });
    return;
  }
  const initramfsOverlay = [
    ...(await changedInit(changes)),
    ...(await programs(changes, `${outFile}.program`)),
    ...changedInitFiles(changes),
  ];
  await buildKernel({ ...common, overlay, ...(initramfsOverlay.length === 0 ? {} : { initramfsOverlay }) });
}

/** All snaps on one squashfs, which the machine has as its second disk; the folder is cached by what it is made of. */
export async function buildPayload(
  tried: readonly Tried[],
  others: readonly string[],
  options: SnapsOptions,
): Promise<string> {
  const key = {
    tried: tried.map(({ name, slot, changes }) => [name, slot, changes]),
    good: await Promise.all([options.kernel, options.base, ...others].map((file) => digestOf(file))),
    init: await digestSources(join(INIT, '..')),
    programs: await Promise.all(tried.flatMap(({ changes }) => programSources(changes))),
  };
  const folder = await cached(options.cacheDir, 'payload', key, async (scratch) => {
    const tree = join(scratch, 'tree');
    await mkdir(tree, { recursive: true });
    for (const one of tried) await buildFaulty(one, join(tree, `${one.name}.snap`), options);
    for (const file of others) await promisify(execFile)('cp', [file, tree]);
    await promisify(execFile)('mksquashfs', [
      tree,
      join(scratch, 'payload.img'),
      '-noI',
      '-noD',
      '-noF',
      '-all-root',
      '-quiet',
      '-no-progress',
    ]);
    await rm(tree, { recursive: true });
  });
  return join(folder, 'payload.img');
}

async function digestOf(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sha256sum', [file]);
  return stdout.slice(0, 64);
}

async function overlayOf(changes: readonly Change[], goodSnap: string): Promise<OverlayEntry[]> {
  const entries: OverlayEntry[] = [];
  for (const change of changes) {
    switch (change.kind) {
      case 'file':
        entries.push({
          path: change.path,
          content: change.content,
          ...(change.mode === undefined ? {} : { mode: change.mode }),
        });
        break;
      case 'symlink':
        entries.push({ path: change.path, symlink: change.target });
        break;
      case 'flip':
      case 'word':
        entries.push({ path: change.file, content: damaged(await readFromSnap(goodSnap, change.file), change) });
        break;
      case 'remove':
        entries.push({ path: await pathInSnap(goodSnap, change.path), remove: true });
        break;
      case 'init-line':
      case 'init-program':
      case 'init-file':
        break;
      default:
        throw new Error(`no such change: ${JSON.stringify(change satisfies never)}`);
    }
  }
  return entries;
}

function damaged(bytes: Buffer, change: Extract<Change, { kind: 'flip' | 'word' }>): Buffer {
  const result = Buffer.from(bytes);
  if (change.kind === 'word') {
    result.writeUInt32LE(change.value, change.offset);
    return result;
  }
  for (let i = change.offset; i < change.offset + change.bytes; i++) result[i] = (result[i] ?? 0) ^ 0xff;
  return result;
}

/** The path with each `*` replaced by the only name there is in the snap. */
async function pathInSnap(snap: string, pattern: string): Promise<string> {
  const image = await SquashfsImage.open(await fileSource(snap));
  try {
    let path = '';
    for (const part of pattern.split('/')) {
      const names = part === '*' ? (await image.list(path)).map(({ name }) => name) : [part];
      if (names.length !== 1) throw new Error(`cannot tell which of ${names.join(', ')} in ${path} is meant`);
      path = path === '' ? `${names[0]}` : `${path}/${names[0]}`;
    }
    await image.lstat(path);
    return path;
  } finally {
    await image.close();
  }
}

async function readFromSnap(snap: string, path: string): Promise<Buffer> {
  const image = await SquashfsImage.open(await fileSource(snap));
  try {
    return Buffer.from(await image.readFile(path, { maxBytes: MAX_FILE }));
  } finally {
    await image.close();
  }
}

/** init with lines put in; nothing where no change asks for it. */
async function changedInit(changes: readonly Change[]): Promise<CpioEntry[]> {
  let text = await readFile(INIT, 'utf8');
  const good = text;
  for (const change of changes) {
    if (change.kind === 'init-line') text = insertBefore(text, change.before, change.line);
    if (change.kind === 'init-program') text = insertBefore(text, change.before, `${programName(change.source)} &`);
  }
  return text === good ? [] : [{ kind: 'file', path: 'init', data: Buffer.from(text), mode: 0o755 }];
}

function changedInitFiles(changes: readonly Change[]): CpioEntry[] {
  return changes.flatMap((change): CpioEntry[] =>
    change.kind === 'init-file' ? [{ kind: 'file', path: change.path, data: Buffer.from(change.content) }] : [],
  );
}

function insertBefore(text: string, before: string, line: string): string {
  const at = text.indexOf(`\n${before}`);
  if (at < 0 || text.indexOf(`\n${before}`, at + 1) >= 0) {
    throw new Error(`init has not exactly one line that begins with ${before}`);
  }
  return `${text.slice(0, at + 1)}${line}\n${text.slice(at + 1)}`;
}

function programSources(changes: readonly Change[]): Promise<string>[] {
  return changes.flatMap((change) =>
    change.kind === 'init-program' ? [readFile(join(import.meta.dirname, change.source), 'utf8')] : [],
  );
}

function programName(source: string): string {
  return `fault-${source.replace(/\.c$/, '')}`;
}

/** Programs compiled for the device, without libraries, as the initramfs has none. */
async function programs(changes: readonly Change[], scratch: string): Promise<CpioEntry[]> {
  const entries: CpioEntry[] = [];
  for (const change of changes) {
    if (change.kind !== 'init-program') continue;
    const source = join(import.meta.dirname, change.source);
    await promisify(execFile)('aarch64-linux-gnu-gcc', [
      '-static',
      '-Os',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-o',
      scratch,
      source,
    ]);
    entries.push({
      kind: 'file',
      path: `bin/${programName(change.source)}`,
      data: await readFile(scratch),
      mode: 0o755,
    });
    await rm(scratch);
  }
  return entries;
}

/** A snap cut off in its middle, and other things that are no snaps this device can take. */
export async function badFiles(folder: string, good: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const truncated = join(folder, 'truncated.snap');
  const bytes = await readFile(good);
  await writeFile(`${truncated}.part`, bytes.subarray(0, bytes.length >> 1));
  await rename(`${truncated}.part`, truncated);
  const text = join(folder, 'no.snap');
  await writeFile(text, 'this is no snap\n');
  return [truncated, text];
}
