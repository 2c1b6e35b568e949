/** Snaps to measure with. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CHUNK_BYTES = 1 << 20;

export interface AppOptions {
  readonly name: string;
  readonly version?: string;
  /** Size of what is in it, which does not pack: the snap is a little larger. */
  readonly bytes?: number;
}

/** Makes an app without hooks, services and base at `path`. */
export async function makeApp(path: string, { name, version = '1', bytes = 0 }: AppOptions): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    await mkdir(join(tree, 'meta'));
    const yaml = `name: ${name}\nversion: '${version}'\nsummary: for measuring\ndescription: for measuring\nbase: none\n`;
    await writeFile(join(tree, 'meta/snap.yaml'), yaml);
    await writeNoise(join(tree, 'content'), bytes, version);
    const plain = ['-noD', '-noF', '-noI', '-noX', '-processors', '1'];
    await promisify(execFile)('mksquashfs', [tree, path, '-noappend', '-quiet', '-no-progress', '-all-root', ...plain]);
  } finally {
    await rm(tree, { recursive: true });
  }
}

/** No two chunks of it are alike, as mksquashfs would keep only one of them. */
async function writeNoise(path: string, bytes: number, seed: string): Promise<void> {
  await using file = await open(path, 'w');
  const chunk = Buffer.alloc(CHUNK_BYTES, `noise ${seed} `);
  for (let at = 0; at < bytes; at += CHUNK_BYTES) {
    for (let place = 0; place < CHUNK_BYTES; place += 4096) chunk.writeUInt32LE((at + place) / 4096 + 1, place);
    await file.write(chunk, 0, Math.min(CHUNK_BYTES, bytes - at));
  }
}
