import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { MAX_LISTING_BYTES } from './limits.ts';
import { bigDirectoryOf, fileOf, forge, runOf } from './testing/forge.ts';
import { run } from './testing/mksquashfs.ts';

const RUN_ENTRIES = 256;

/** The largest directory that is read. Bytes that are not UTF-8 take twice the room as text. */
function largestDirectory(): Uint8Array {
  const rest = Buffer.alloc(18, 0xff);
  const runs: Buffer[] = [];
  let bytes = 0;
  for (let next = 100_000_000; ; next += RUN_ENTRIES) {
    const names = Array.from({ length: RUN_ENTRIES }, (_, i) => Buffer.concat([Buffer.from(`${next + i}`), rest]));
    const entries = runOf(names.map((name) => ({ name, type: 2, inode: 40 })));
    if (bytes + entries.byteLength > MAX_LISTING_BYTES) break;
    bytes += entries.byteLength;
    runs.push(entries);
  }
  return forge({ inodes: [bigDirectoryOf(1, { bytes }), fileOf(2, { size: 0 })], listing: Buffer.concat(runs) });
}

t.test('The largest directory that is read takes less than 64 MiB', async (t) => {
  const path = join(t.testdir(), 'image');
  await writeFile(path, largestDirectory());
  const program = fileURLToPath(new URL('testing/measure-list.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--expose-gc', '--max-semi-space-size=8', program, path]);
  const { entries, list, walk, search } = JSON.parse(stdout);
  t.comment(stdout);
  t.ok(entries > 200_000, `${entries} entries`);
  t.ok(list > 8 && list < 64, `list: ${list} MiB`);
  t.ok(walk < 64, `walk: ${walk} MiB`);
  t.ok(search < 64, `a name that is not there: ${search} MiB`);
});
