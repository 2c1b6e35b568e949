import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BOOT_SCRIPT, compileBootScript } from '../../bootloader/scripts/compile.ts';
import { cached } from './cache.ts';
import { digestSources, type FileDigest } from './hash.ts';
import type { Overlay } from './overlay.ts';
import { packSnap, type SnapOptions } from './snap.ts';

const SOURCES = join(import.meta.dirname, 'gadget');

/**
 * Kernel arguments of the virtual machine: errors and worse on the console, systemd's status once something is slow or fails, and
 * a root shell, because this machine exists to be tested.
 */
export const DEFAULT_GADGET_ARGS = 'loglevel=4 systemd.show_status=auto holdfast.console=shell';

export interface GadgetOptions extends SnapOptions {
  /** What the boot script adds to the kernel command line for this gadget (`gadget_args`). */
  readonly args?: string;
}

/**
 * Builds the gadget snap `virt`: gadget.yaml, the boot script twice (the second is read only when the first cannot be used),
 * kernel arguments and U-Boot's marker.
 */
export async function buildGadget(options: GadgetOptions): Promise<FileDigest> {
  const { cacheDir, args = DEFAULT_GADGET_ARGS } = options;
  const script = await readFile(BOOT_SCRIPT);
  const compiled = await cached(cacheDir, 'boot-script', script.toString('base64'), async (scratch) =>
    compileBootScript(join(scratch, 'boot.scr')),
  );
  const scr = await readFile(join(compiled, 'boot.scr'));
  const files: Overlay = [
    { path: 'meta/gadget.yaml', content: await readFile(join(SOURCES, 'gadget.yaml')) },
    { path: 'boot.scr', content: scr },
    { path: 'boot-backup.scr', content: scr },
    { path: 'gadget.env', content: `gadget_args=${args}\n` },
    { path: 'uboot.conf', content: '' },
  ];
  const empty = await cached(cacheDir, 'empty-tree', 'empty', async (scratch) => {
    await mkdir(scratch, { recursive: true });
  });
  const meta = { name: 'virt', type: 'gadget', summary: 'QEMU arm64 virtual machine with U-Boot' } as const;
  return packSnap(options, meta, empty, await digestSources(SOURCES), files);
}
