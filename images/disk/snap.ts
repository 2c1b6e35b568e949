import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cached, withScratch } from './cache.ts';
import { digestFile, type FileDigest } from './hash.ts';
import { applyOverlay, type Overlay, overlayKey } from './overlay.ts';
import { type Report, silent, step } from './progress.ts';
import { run } from './run.ts';
import { type OwnedFile, squash } from './squash.ts';

/** What every snap builder takes. */
export interface SnapOptions {
  /** See `defaultCacheDir`; nothing else is read or kept outside the repository. */
  readonly cacheDir: string;
  readonly outFile: string;
  /** `version` of meta/snap.yaml. */
  readonly version: string;
  /** Applied last, so that two snaps can differ by one fault only. */
  readonly overlay?: Overlay;
  readonly report?: Report;
}

export interface SnapMeta {
  readonly name: string;
  readonly type: 'app' | 'base' | 'gadget' | 'kernel';
  readonly summary: string;
  /** Further lines of snap.yaml. */
  readonly more?: readonly string[];
}

function snapYaml(meta: SnapMeta, version: string): string {
  return [
    `name: ${meta.name}`,
    `version: '${version.replaceAll("'", "''")}'`,
    `type: ${meta.type}`,
    `summary: ${meta.summary}`,
    `description: ${meta.summary}`,
    'architectures: [arm64]',
    'confinement: strict',
    'grade: stable',
    ...(meta.more ?? []),
    '',
  ].join('\n');
}

/**
 * Makes a snap from a cached tree: tree, snap.yaml, `files`, then the caller's overlay. The finished snap is cached as well.
 * @param tree directory that is only read
 * @param treeKey what identifies the tree's content
 */
export async function packSnap(
  options: SnapOptions,
  meta: SnapMeta,
  tree: string,
  treeKey: unknown,
  files: Overlay = [],
  owned: readonly OwnedFile[] = [],
): Promise<FileDigest> {
  const { cacheDir, outFile, version, report = silent } = options;
  const overlay: Overlay = [
    { path: 'meta/snap.yaml', content: snapYaml(meta, version) },
    ...files,
    ...(options.overlay ?? []),
  ];
  const inputs = { treeKey, overlay: overlayKey(overlay), owned };
  const directory = await cached(cacheDir, `snap-${meta.name}`, inputs, (scratch) =>
    step(report, `packing the snap ${meta.name} ${version}`, () =>
      withScratch(cacheDir, 'tree', async (copy) => {
        await chmod(copy, 0o755);
        await run('cp', ['-a', '--reflink=auto', `${tree}/.`, copy]);
        await chmod(copy, 0o755);
        await applyOverlay(copy, overlay);
        await squash(copy, join(scratch, 'snap'), owned);
      }),
    ),
  );
  await mkdir(dirname(outFile), { recursive: true });
  await copyFile(join(directory, 'snap'), outFile);
  return digestFile(outFile);
}
