/** Copies one file, that may change while it is read. */
import { isErrno, type Name, type TreeCalls } from './calls.ts';

/** What is copied in one go, bytes; between two of these others have their turn. */
const sliceBytes = 8 << 20;
/** A file that changed while it was copied is copied again, but not for ever. */
const attempts = 3;
const itself = new Uint8Array(0);

export interface FileCopier {
  readonly calls: TreeCalls;
  /** False once the file system has said that it cannot share content. */
  mayClone: boolean;
  /** Called after each slice; throws where the copying is to stop. */
  copied(bytes: number): Promise<void> | undefined;
}

/**
 * Makes `name` in `toDir` what it is in `fromDir`, content without holes and attributes.
 * @returns false where no file has that name any more, and then nothing is made
 * @throws CallError
 */
export async function copyFile(copier: FileCopier, fromDir: number, name: Name, toDir: number): Promise<boolean> {
  const { calls } = copier;
  const from = openFile(calls, fromDir, name);
  if (from === undefined) return false;
  try {
    for (let attempt = 1; ; attempt++) {
      if (await copyOnce(copier, from, name, toDir, attempt === attempts)) return true;
      calls.unlink(toDir, name);
    }
  } finally {
    calls.close(from);
  }
}

/** Nothing where something else has come in its place. */
function openFile(calls: TreeCalls, dir: number, name: Name): number | undefined {
  let fd: number | undefined;
  let isFile = false;
  try {
    fd = calls.file(dir, name);
    isFile = calls.stat(fd, itself).kind === 'file';
    return isFile ? fd : undefined;
  } catch (error) {
    // Gone; a symlink; a socket or a device.
    if (fd === undefined && isErrno(error, 'ENOENT', 'ELOOP', 'ENXIO', 'ENODEV')) return undefined;
    throw error;
  } finally {
    if (fd !== undefined && !isFile) calls.close(fd);
  }
}

/** @returns false where the file was written to meanwhile, and this is not the last attempt */
async function copyOnce(
  copier: FileCopier,
  from: number,
  name: Name,
  toDir: number,
  isLast: boolean,
): Promise<boolean> {
  const { calls } = copier;
  const before = calls.stat(from, itself);
  const { size } = before;
  const to = calls.create(toDir, name);
  try {
    if (size > 0 && !clone(copier, from, to)) {
      for (let offset = 0; offset < size; ) {
        const end = Math.min(size, offset + sliceBytes);
        calls.copyRange(from, to, offset, end);
        await copier.copied(end - offset);
        offset = end;
      }
      if (!isLast && !calls.stat(from, itself).isAsAt(before)) return false;
    }
    calls.copyAttributes(from, to);
    return true;
  } finally {
    calls.close(to);
  }
}

function clone(copier: FileCopier, from: number, to: number): boolean {
  if (!copier.mayClone) return false;
  try {
    copier.calls.clone(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EIO')) throw error;
    copier.mayClone = !isErrno(error, 'ENOTSUP', 'ENOTTY', 'ENOSYS', 'EXDEV');
    return false;
  }
}
