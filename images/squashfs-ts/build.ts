/**
 * Makes the package as it is published: `node build.ts DIRECTORY`. JavaScript and types take the place of the sources, for
 * Node runs no TypeScript below node_modules. Needs `tsc` of TypeScript 7 on the PATH.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const OPTIONS = [
  ...['--ignoreConfig', '--declaration', '--rewriteRelativeImportExtensions', '--skipLibCheck'],
  ...['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--types', 'node'],
];

const [argument] = process.argv.slice(2);
if (argument === undefined) throw new Error('cannot build: no directory given');
const directory = resolve(argument);
const here = fileURLToPath(new URL('.', import.meta.url));
await mkdir(directory, { recursive: true });
await promisify(execFile)('tsc', [join(here, 'index.ts'), '--outDir', directory, ...OPTIONS], { cwd: here });
const manifest = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
const exports = { '.': { types: './index.d.ts', default: './index.js' } };
await writeFile(join(directory, 'package.json'), `${JSON.stringify({ ...manifest, exports }, undefined, 2)}\n`);
for (const name of ['README.md', 'CHANGELOG.md']) await copyFile(join(here, name), join(directory, name));
