/** The worker as it is shipped: bundled as images/disk/agent.ts does it, and started by what is in the bundle. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { bundle } from '../../images/disk/bundle.ts';

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
  const run = promisify(execFile)(process.execPath, [join(out, 'main.js'), directory], { cwd: '/', env: {} });
  return { out, run };
}

const hashes = `
  import { Hasher } from './hashing.ts';
  const hasher = new Hasher();
  await hasher.update(new Uint8Array(3 << 20));
  console.log(await hasher.digest());
  hasher.end();
`;

t.test('a bundled agent starts its worker from the bundle', async (t) => {
  const { out, run } = await shipped(t, hashes, { worker: 'agent/system/worker.ts' });
  t.ok((await readdir(out)).includes('worker.js'));
  t.equal(
    (await run).stdout.trim(),
    createHash('sha256')
      .update(new Uint8Array(3 << 20))
      .digest('hex'),
  );
});

t.test('it is this file that it starts', async (t) => {
  const { run } = await shipped(t, hashes);
  await t.rejects(run, { message: /cannot go on: the worker thread has ended/ });
});
