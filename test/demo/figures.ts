/** `node test/demo/figures.ts`: writes the figures of the last demo into README.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withSection } from '../measure/section.ts';
import { readFigures } from './figures-file.ts';
import { figuresSection, snapSizes } from './figures-section.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'README.md');

const figures = await readFigures(join(ROOT, 'build/demo/figures.json'));
if (figures.cases.length === 0) {
  console.error('cannot write the figures: build/demo/figures.json has none, run `make demo` first');
  process.exitCode = 1;
} else {
  const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'build/lab/image/manifest.json'), 'utf8'));
  const text = await readFile(README, 'utf8');
  await writeFile(README, withSection(text, 'figures', figuresSection(figures, snapSizes(manifest))));
  console.log('README.md: figures written');
}
