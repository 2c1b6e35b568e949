import { execFile } from 'node:child_process';
import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { DiskImage } from './arguments.ts';
import { MachineError, reasonOf } from './error.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

/**
 * Runs a program to its end and gives what it printed.
 * @throws MachineError `tool-failed` with its standard error.
 */
export async function runTool(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args, { timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const reason = stderr === '' ? reasonOf(error) : stderr;
    throw new MachineError('tool-failed', `cannot run ${program} ${args[0] ?? ''}: ${reason}`, { cause: error });
  }
}

/**
 * Makes a copy-on-write disk: it starts as `base` and leaves it alone. The base must not change while the overlay is used.
 * Takes some milliseconds, whatever the size.
 */
export async function createOverlay(base: DiskImage, out: string): Promise<DiskImage> {
  // A relative name would be looked up beside the overlay.
  const backing = resolve(base.file);
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', backing, '-F', base.format, out]);
  return { file: out, format: 'qcow2' };
}

/** Makes an empty disk of `bytes` bytes that takes no space yet. */
export async function createDisk(image: DiskImage, bytes: number): Promise<void> {
  await runTool('qemu-img', ['create', '-q', '-f', image.format, image.file, String(bytes)]);
}

/** Writes the whole content of a disk, base included, into a sparse raw file. */
export async function convertToRaw(image: DiskImage, out: string): Promise<DiskImage> {
  await runTool('qemu-img', ['convert', '-q', '-f', image.format, '-O', 'raw', image.file, out]);
  return { file: out, format: 'raw' };
}

/** Copies a file, keeping its holes; shares the blocks where the file system can. */
export async function copySparse(from: string, to: string): Promise<void> {
  await runTool('cp', ['--sparse=always', '--reflink=auto', '--', from, to]);
}

/** Moves a file, also to another file system. */
export async function moveSparse(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copySparse(from, to);
    await rm(from);
  }
}

/**
 * Copies a file and makes the copy `bytes` long, zeros following.
 * @throws MachineError `bad-argument` where the file is longer already.
 */
export async function copyPadded(from: string, to: string, bytes: number): Promise<void> {
  const { size } = await stat(from);
  if (size > bytes) throw new MachineError('bad-argument', `cannot use ${from}: it has ${size} bytes, ${bytes} fit`);
  await copyFile(from, to);
  await truncate(to, bytes);
}
