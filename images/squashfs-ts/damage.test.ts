import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { SquashfsError, SquashfsImage } from './index.ts';
import { bufferSource } from './source.ts';
import { squashedBytes } from './testing/mksquashfs.ts';
import { randomOf } from './testing/random.ts';
import { writeSmallTree } from './testing/tree.ts';

const tree = join(t.testdir(), 'tree');
await mkdir(tree);
await writeSmallTree(tree);

/** Where metadata is stored uncompressed, changes reach the structures instead of ending in the decompressor. */
const VARIANTS = ['-comp gzip', '-comp xz', '-comp zstd', '-comp gzip -noI -noId -noF', '-comp zstd -b 4K -noI -noD'];
const SEEDS = 150;
const MAX_FILE = 4_000_000;

/** Looks at everything once. Returns the code of the first complaint; anything but a SquashfsError is thrown on. */
async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    const image = await SquashfsImage.open(bufferSource(bytes));
    for await (const { path, stat } of image.walk('', { maxEntries: 5000 })) {
      if (path.split('/').includes('..')) throw new Error(`a path that leads outside: ${path}`);
      if (!Number.isSafeInteger(stat.size) || stat.size < 0) throw new Error(`size ${stat.size}`);
      if (stat.type !== 'file' || stat.size > MAX_FILE) continue;
      const content = await image.readFile(path, { maxBytes: MAX_FILE });
      if (content.byteLength !== stat.size) throw new Error(`${content.byteLength} bytes of ${stat.size}`);
    }
    return 'readable';
  } catch (error) {
    if (error instanceof SquashfsError) return error.code;
    throw error;
  }
}

for (const options of VARIANTS) {
  t.test(`An image made with ${options}`, async (t) => {
    const path = join(tree, '..', 'image');
    const bytes = await squashedBytes(tree, path, { options: options.split(' ') });
    const used = Number(Buffer.from(bytes).readBigUInt64LE(40));
    t.equal(await codeOf(bytes), 'readable');
    t.equal(await codeOf(bytes.subarray(0, used)), 'readable', 'the padding is not needed');

    t.test('cut anywhere is truncated', async (t) => {
      const cuts = [
        4,
        50,
        95,
        96,
        97,
        used - 9,
        used - 8,
        used - 1,
        ...Array.from({ length: 30 }, (_, i) => i * (used >> 5) + 99),
      ];
      const codes = await Promise.all(cuts.map((cut) => codeOf(bytes.subarray(0, cut))));
      t.same(
        codes,
        cuts.map(() => 'truncated'),
      );
      t.equal(await codeOf(bytes.subarray(0, 3)), 'not-squashfs');
      t.equal(await codeOf(bytes.subarray(0, 0)), 'not-squashfs');
    });

    t.test('cut anywhere, with a superblock that says so, has an error with a code', async (t) => {
      for (let cut = 96; cut < used; cut += 1 + (used >> 6)) {
        const short = Buffer.from(bytes.subarray(0, cut));
        short.writeBigUInt64LE(BigInt(cut), 40);
        t.equal(await codeOf(short), 'corrupt', `at ${cut}`);
      }
    });

    t.test(`changed at random (seeds 1 to ${SEEDS}) is readable or has an error with a code`, async (t) => {
      const seen = new Map<string, number>();
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const random = randomOf(seed);
        const changed = Uint8Array.from(bytes.subarray(0, used));
        // Half of the changes go to the tables at the end; few go to the superblock, which is soon refused.
        const tables = Number(Buffer.from(bytes).readBigUInt64LE(64));
        for (let left = 1 + random(6); left > 0; left -= 1) {
          const at =
            random(2) === 0 ? tables + random(used - tables) : random(20) === 0 ? random(96) : 96 + random(used - 96);
          changed[at] = random(256);
        }
        const code = await codeOf(changed).catch((error: unknown) => t.fail(`seed ${seed}: ${error}`));
        seen.set(String(code), (seen.get(String(code)) ?? 0) + 1);
      }
      t.comment(Object.fromEntries(seen));
      t.ok((seen.get('corrupt') ?? 0) > SEEDS / 4, 'most changes were noticed');
    });
  });
}
