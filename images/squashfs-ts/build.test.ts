import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { mksquashfs, run } from './testing/mksquashfs.ts';

/** Runs a program without what tap adds to those that tests start: it breaks the compiler. */
const runPlain = (program: string, args: readonly string[], cwd: string) =>
  run('env', ['-u', 'NODE_OPTIONS', program, ...args], { cwd });

const directory = t.testdir({ tree: { meta: { 'snap.yaml': 'name: example\n' } } });
const installed = join(directory, 'node_modules/squashfs-ts');
await runPlain(process.execPath, [fileURLToPath(new URL('build.ts', import.meta.url)), installed], directory);

t.test('The published package runs as JavaScript, from where npm installs it', async (t) => {
  await mksquashfs(join(directory, 'tree'), join(directory, 'image'), { options: ['-comp', 'xz'] });
  const program = `
    import { fileSource, SquashfsImage } from 'squashfs-ts';
    const image = await SquashfsImage.open(await fileSource('image'));
    process.stdout.write(await image.readFile('meta/snap.yaml'));
    await image.close();`;
  await writeFile(join(directory, 'program.mjs'), program);
  const { stdout } = await runPlain(process.execPath, ['--no-strip-types', 'program.mjs'], directory);
  t.equal(stdout, 'name: example\n');
});

t.test('Its types are those of the sources', async (t) => {
  const check = async (code: string) => {
    await writeFile(
      join(directory, 'user.mts'),
      `import { SquashfsImage, type SquashfsStat } from 'squashfs-ts';\n${code}`,
    );
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--types', 'node'];
    return runPlain('tsc', [...options, 'user.mts'], directory).then(
      () => 'fine',
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
  };
  t.equal(
    await check(`export const size = (stat: SquashfsStat): number => stat.size;\nexport { SquashfsImage };`),
    'fine',
  );
  t.match(await check(`export const size = (stat: SquashfsStat): string => stat.size;`), /not assignable/);
});

t.test('It holds no tests and no tools, and its manifest says where all is', async (t) => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  t.match(manifest, { name: 'squashfs-ts', type: 'module', exports: { '.': { default: './index.js' } } });
  const names = await readdir(installed);
  t.ok(names.includes('index.d.ts') && names.includes('README.md') && names.includes('CHANGELOG.md'));
  t.notOk(
    names.some((name) => /^(testing|fuzz|bench|build)|\.test\./.test(name)),
    names.join(' '),
  );
});
