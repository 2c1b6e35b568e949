/** Measures the build of the image: with an empty cache, and with nothing changed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from '../../images/disk/image.ts';
import type { Figures } from './figures-file.ts';
import { seconds } from './format.ts';
import type { Narrator } from './narrator.ts';

/** Builds twice into a folder that is removed afterwards. */
export async function measureBuilds(narrator: Narrator): Promise<Required<Pick<Figures, 'buildCold' | 'buildWarm'>>> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-cold-'));
  const build = async (what: string): Promise<number> => {
    narrator.say(`Building the image ${what}`);
    const start = performance.now();
    const options = {
      cacheDir: join(scratch, 'cache'),
      outDir: scratch,
      report: (line: string) => narrator.note(line),
    };
    await narrator.during('building', buildImage(options));
    const took = (performance.now() - start) / 1000;
    narrator.note(`took ${seconds(took)}`);
    return took;
  };
  try {
    const buildCold = await build('with an empty cache, downloads included');
    return { buildCold, buildWarm: await build('with nothing changed') };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
