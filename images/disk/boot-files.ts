import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Structure } from '../../gadget/model.ts';
import { type DiskSnaps, settle } from './blobs.ts';
import { DiskImageError } from './error.ts';
import type { FatFile } from './fat.ts';

/** Assets of a kernel that U-Boot loads; it cannot read squashfs. */
const KERNEL_ASSETS = ['kernel.img', 'initrd.img'] as const;

/** One `content` entry: a target that ends in a slash keeps the source's name. */
async function contentFile(source: string, target: string, gadgetTree: string): Promise<FatFile> {
  if (source.startsWith('$kernel:') || source.endsWith('/'))
    throw new DiskImageError('bad-input', `cannot use the gadget: content source "${source}" is not supported yet`);
  const from = join(gadgetTree, source);
  const found = await stat(from).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new DiskImageError('bad-input', `cannot use the gadget: it has no file "${source}"`);
  const path = target.endsWith('/') ? target + posix.basename(source) : target;
  return { path: path.replace(/^\/+/, ''), from: await settle(from) };
}

/** What the boot partition of a fresh image holds, in a fixed order: the gadget's content, then the assets by revision. */
export async function bootFiles(
  structure: Structure,
  { kernel, gadget }: DiskSnaps,
  gadgetTree: string,
  kernelTree: string,
): Promise<FatFile[]> {
  const files: FatFile[] = [];
  for (const content of structure.content)
    if (content.kind === 'file') files.push(await contentFile(content.source, content.target, gadgetTree));
  for (const asset of KERNEL_ASSETS)
    files.push({ path: `${kernel.fileName}/${asset}`, from: await settle(join(kernelTree, asset)) });
  files.push({ path: `${gadget.fileName}/gadget.env`, from: await settle(join(gadgetTree, 'gadget.env')) });
  return files;
}
