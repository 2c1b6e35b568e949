import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAgent } from './agent.ts';
import { buildBase } from './base.ts';
import { cacheKey } from './cache.ts';
import { buildDisk, buildFlash, IMAGE_REVISION } from './disk.ts';
import { buildGadget } from './gadget.ts';
import { digestFile, digestSources, type FileDigest } from './hash.ts';
import { buildKernel } from './kernel.ts';
import { type Report, silent, step } from './progress.ts';

/** Version of the snaps of an image; their revisions are what counts. */
export const IMAGE_VERSION = '1';

export interface ImageOptions {
  readonly cacheDir: string;
  /** Receives `image/`: the snaps, disk.img, uboot-env.img and manifest.json. */
  readonly outDir: string;
  /** Source file of the agent, relative to the repository; its own main.ts unless told. */
  readonly agentEntry?: string;
  /** Kernel arguments of the gadget, `DEFAULT_GADGET_ARGS` unless told. */
  readonly gadgetArgs?: string;
  readonly report?: Report;
}

/** manifest.json: what was built, so that it can be compared and looked up without opening anything. */
export interface Manifest {
  readonly format: 1;
  /** Stands for everything that disk.img and uboot-env.img are made of. */
  readonly inputs: string;
  readonly files: Readonly<Record<string, FileDigest>>;
}

const DISK = 'disk.img';
const FLASH = 'uboot-env.img';
const MANIFEST = 'manifest.json';

async function sizesMatch(directory: string, files: Manifest['files']): Promise<boolean> {
  for (const [name, { size }] of Object.entries(files)) {
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (found?.size !== size) return false;
  }
  return true;
}

/** The manifest of an earlier build of the same inputs whose files are all still there. */
async function unchanged(directory: string, inputs: string): Promise<Manifest | undefined> {
  const text = await readFile(join(directory, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const manifest = JSON.parse(text) as Manifest;
    const same = manifest.format === 1 && manifest.inputs === inputs;
    return same && (await sizesMatch(directory, manifest.files)) ? manifest : undefined;
  } catch {
    // A manifest that cannot be read is built anew, like one that is not there.
    return undefined;
  }
}

/** Builds the four snaps, the disk and the flash image. Quick when the inputs have not changed since the last time. */
export async function buildImage(options: ImageOptions): Promise<Manifest> {
  const { cacheDir, outDir, agentEntry, gadgetArgs, report = silent } = options;
  const directory = join(outDir, 'image');
  await mkdir(directory, { recursive: true });
  const fileOf = (name: string): string => `${name}_${IMAGE_REVISION}.snap`;
  const common = (name: string) => ({
    cacheDir,
    outFile: join(directory, fileOf(name)),
    version: IMAGE_VERSION,
    report,
  });
  const snaps = {
    [fileOf('bookworm')]: await buildBase(common('bookworm')),
    [fileOf('virt-kernel')]: await buildKernel(common('virt-kernel')),
    [fileOf('virt')]: await buildGadget({
      ...common('virt'),
      ...(gadgetArgs === undefined ? {} : { args: gadgetArgs }),
    }),
    [fileOf('holdfast')]: await buildAgent({
      ...common('holdfast'),
      ...(agentEntry === undefined ? {} : { entry: agentEntry }),
    }),
  };
  const inputs = cacheKey({ snaps, code: await digestSources(import.meta.dirname), boot: await bootKey() });
  const earlier = await unchanged(directory, inputs);
  if (earlier !== undefined) {
    report('the disk is up to date');
    return earlier;
  }
  await buildDisk({
    cacheDir,
    base: join(directory, fileOf('bookworm')),
    kernel: join(directory, fileOf('virt-kernel')),
    gadget: join(directory, fileOf('virt')),
    agent: join(directory, fileOf('holdfast')),
    outFile: join(directory, DISK),
    report,
  });
  await buildFlash(join(directory, FLASH));
  return step(report, 'computing digests', async () => {
    const images = {
      [DISK]: await digestFile(join(directory, DISK)),
      [FLASH]: await digestFile(join(directory, FLASH)),
    };
    const manifest: Manifest = { format: 1, inputs, files: { ...snaps, ...images } };
    await writeFile(join(directory, `${MANIFEST}.part`), `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(join(directory, `${MANIFEST}.part`), join(directory, MANIFEST));
    return manifest;
  });
}

/** What the disk takes from the lower floors of the house. */
async function bootKey(): Promise<string[]> {
  const folders = [
    '../../bootloader/protocol',
    '../../bootloader/scripts',
    '../../bootloader/u-boot-env',
    '../../gadget',
  ];
  return Promise.all(folders.map((folder) => digestSources(join(import.meta.dirname, folder))));
}
