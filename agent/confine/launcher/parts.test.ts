import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { compileLauncher, PURE_SOURCES } from './compile.ts';
import { compileChecked } from './testing.ts';

const run = promisify(execFile);
const build = t.testdir();

t.test('the pure parts hold to their tables, without a complaint of the sanitizers', async (t) => {
  for (const name of ['parts', 'schedule']) {
    const parts = join(build, name);
    await compileChecked(parts, [...PURE_SOURCES, `${name}.test.c`]);
    const { stdout, stderr } = await run(parts);
    t.strictSame({ stdout, stderr }, { stdout: '', stderr: '' }, name);
  }
});

t.test(
  'both architectures get a static program, the same from two builds, that no environment leads elsewhere',
  async (t) => {
    for (const [architecture, machine] of [
      ['amd64', 0x3e],
      ['arm64', 0xb7],
    ] as const) {
      const [one, two] = [join(build, `${architecture}-1`), join(build, `${architecture}-2`)];
      await Promise.all([compileLauncher(architecture, one), compileLauncher(architecture, two)]);
      const bytes = await readFile(one);
      t.ok(bytes.equals(await readFile(two)), 'the same bytes');
      t.equal(bytes.readUInt16LE(18), machine, 'for its machine');
      t.notOk(bytes.includes('/ld-linux'), 'no dynamic linker');
      t.ok(bytes.includes('/var/lib/snapd/launch/'), 'this is how texts are looked for');
      t.notOk(bytes.includes('LAUNCHER_TEST_ROOT'), 'the root of tests is not in it');
      t.notOk(bytes.includes(build), 'nothing of the build is in it');
    }
  },
);

t.test('what cannot be compiled says why', async (t) => {
  await t.rejects(compileLauncher('amd64', '/nowhere/at/all'), { message: /cannot compile the launcher for amd64: / });
});
