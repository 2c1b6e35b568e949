/** The worker as it is shipped: bundled as images/disk/agent.ts does it, and started by what is in the bundle. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { bundle } from '../../images/disk/bundle.ts';
import { addonPath, hostArch } from './native/build.ts';

const repository = join(import.meta.dirname, '../..');

/** Bundles `text` as if it were a file of agent/system, runs it, and tells what it wrote. */
async function shipped(t: { testdir(): string }, text: string, others?: Readonly<Record<string, string>>) {
  const directory = t.testdir();
  const entry = join(directory, 'entry.ts');
  await writeFile(entry, text.replaceAll("from './", `from '${repository}/agent/system/`));
  const out = join(directory, 'out');
  await mkdir(out);
  await bundle(repository, entry, out, others);
  await writeFile(join(out, 'package.json'), '{ "type": "module" }\n');
  const env = { HOLDFAST_NATIVE: addonPath(hostArch()) };
  const run = promisify(execFile)(process.execPath, [join(out, 'main.js'), directory], { cwd: '/', env });
  return { directory, out, run };
}

const makes = `
  import { workerTrees } from './tree/trees.ts';
  await workerTrees().mkdir({ base: process.argv[2], way: [] }, 'made', 0o755);
`;

t.test('a bundled agent starts its worker from the bundle', async (t) => {
  const { directory, out, run } = await shipped(t, makes, { worker: 'agent/system/worker.ts' });
  t.ok((await readdir(out)).includes('worker.js'));
  await run;
  t.ok((await readdir(directory)).includes('made'));
});

t.test('it is this file that it starts', async (t) => {
  const { run } = await shipped(t, makes);
  await t.rejects(run, { message: /cannot go on: the worker thread has ended/ });
});
