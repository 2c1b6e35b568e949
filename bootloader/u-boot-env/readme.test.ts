import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import * as api from './index.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');

t.test('the examples of the README run', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'u-boot-env-readme-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(import.meta.dirname, join(dir, 'node_modules', 'u-boot-env'));
  const blocks = [...readme.matchAll(/^## ([^\n]+)$|^```ts\n(.*?)^```$/gms)];
  let title = '';
  let count = 0;
  for (const [, heading, code] of blocks) {
    if (heading !== undefined) title = heading;
    if (code === undefined) continue;
    count += 1;
    const options = { cwd: dir, input: code, timeout: 30_000, env: { PATH: process.env['PATH'] ?? '' } };
    t.doesNotThrow(() => execFileSync(process.execPath, ['--input-type=module-typescript', '-'], options), title);
  }
  t.equal(count, readme.split('```ts').length - 1, 'all of them');
  t.ok(count >= 5);
});

t.test('the README names all that is exported, and the error codes', async (t) => {
  for (const name of Object.keys(api)) t.match(readme, `\`${name}`, name);
  const codes = readFileSync(new URL('errors.ts', import.meta.url), 'utf8').matchAll(/^ {2}\| '([a-z-]+)'/gm);
  let count = 0;
  for (const [, code] of codes) {
    t.match(readme, `\`${code}\``, code ?? '');
    count += 1;
  }
  t.equal(count, 10);
});
