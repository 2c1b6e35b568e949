import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskImage, MachineShape } from './arguments.ts';
import { MachineError, reasonOf } from './error.ts';

/**
 * A machine stopped in its tracks, in a folder: `state.json`, `memory.bin` (QEMU's migration stream), `disk` and
 * `flash.img`. Nothing in it changes any more, so any number of machines can start from it, also at once: each gets an
 * overlay of the disk.
 */
export interface SavedState {
  readonly directory: string;
  readonly shape: MachineShape;
  readonly firmware: string;
  readonly hasFlash: boolean;
  readonly diskFormat?: DiskImage['format'];
  /** Not in the folder: the payload is only read, and stays where it was. */
  readonly payload?: DiskImage;
}

const VERSION = 1;

/** The files of a saved state. */
export function statePaths(directory: string): {
  readonly manifest: string;
  readonly memory: string;
  readonly disk: string;
  readonly flash: string;
} {
  return {
    manifest: join(directory, 'state.json'),
    memory: join(directory, 'memory.bin'),
    disk: join(directory, 'disk'),
    flash: join(directory, 'flash.img'),
  };
}

/** Writes the manifest, last of all: a folder without it is no saved state. */
export async function writeState({ directory, ...state }: SavedState): Promise<void> {
  const { manifest } = statePaths(directory);
  await writeFile(`${manifest}.new`, JSON.stringify({ version: VERSION, ...state }));
  await rename(`${manifest}.new`, manifest);
}

/**
 * Opens a saved state.
 * @throws MachineError `bad-saved-state` where the folder holds none, or one of another version.
 */
export async function readState(directory: string): Promise<SavedState> {
  const { manifest } = statePaths(directory);
  const bad = (reason: string) =>
    new MachineError('bad-saved-state', `cannot use the saved state ${directory}: ${reason}; save it again`);
  const text = await readFile(manifest, 'utf8').catch((error: unknown) => Promise.reject(bad(reasonOf(error))));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(reasonOf(error));
  }
  if (!isManifest(value)) throw bad(`it is of another version than ${VERSION}`);
  const { version: _, ...state } = value;
  return { ...state, directory };
}

type Manifest = Omit<SavedState, 'directory'> & { readonly version: typeof VERSION };

/** Only writeState of this version writes such files, so the optional parts are taken as they are. */
function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  if (!('version' in value) || value.version !== VERSION) return false;
  if (!('shape' in value) || typeof value.shape !== 'object') return false;
  return 'firmware' in value && typeof value.firmware === 'string' && 'hasFlash' in value;
}

/** The `exec:` address under which QEMU writes or reads the memory file. */
export function memoryUri(directory: string, direction: 'save' | 'load'): string {
  const quoted = `'${statePaths(directory).memory.replaceAll("'", `'\\''`)}'`;
  return direction === 'save' ? `exec:cat > ${quoted}` : `exec:cat ${quoted}`;
}
