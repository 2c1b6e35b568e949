import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { mksquashfs, run } from './testing/mksquashfs.ts';
import { randomBytesOf } from './testing/random.ts';

const directory = t.testdir();
const tree = join(directory, 'tree');
await mkdir(join(tree, 'meta'), { recursive: true });
await writeFile(join(tree, 'meta/snap.yaml'), 'name: example\n', { mode: 0o644 });
await writeFile(join(tree, 'kernel.img'), randomBytesOf(5, 300_000), { mode: 0o644 });
await symlink('kernel.img', join(tree, 'latest'));
await utimes(tree, 0, 0);
await mksquashfs(tree, join(directory, 'example.squashfs'), { options: ['-comp', 'zstd'] });

const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```ts\n(.*?)```.*?```text\n(.*?)```/gs)];

t.equal(examples.length, 3);
for (const [index, [, code = '', output]] of examples.entries()) {
  t.test(`Example ${index + 1} of the README prints what it says`, async (t) => {
    const program = join(directory, `example-${index}.ts`);
    await writeFile(program, code);
    const { stdout } = await run(process.execPath, [program], { cwd: directory });
    t.equal(stdout, output);
  });
}
