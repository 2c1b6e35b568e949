/** `node images/disk/main.ts`: builds the snaps and the disk image of the virtual machine. */
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultCacheDir } from './cache.ts';
import { buildImage } from './image.ts';
import { timedReport } from './progress.ts';

const HELP = `usage: node images/disk/main.ts [--out DIR] [--json] [--help]

Builds the base, kernel, gadget and agent snaps and the disk image of the arm64 virtual machine, as an ordinary user.

  --out DIR   where image/ is put, "build" of the repository unless told
  --json      print the manifest on standard output
  --help      print this

Downloads and intermediate results are kept in $HOLDFAST_CACHE, else $XDG_CACHE_HOME/holdfast, else ~/.cache/holdfast;
remove that directory to take newer Debian packages. Debian packages come from $HOLDFAST_DEBIAN_MIRROR if it is set.
`;

function outDir(told: string | undefined): string {
  const directory = told ?? join(import.meta.dirname, '../../build');
  return isAbsolute(directory) ? directory : join(process.cwd(), directory);
}

const OPTIONS = { out: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;

/** @returns the exit status: 0 built, 1 not built, 2 wrong arguments */
export async function main(args: readonly string[]): Promise<number> {
  let values: { readonly out?: string | undefined; readonly json?: boolean; readonly help?: boolean };
  try {
    values = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const directory = outDir(values.out);
  try {
    const report = timedReport((line) => process.stderr.write(`${line}\n`));
    const manifest = await buildImage({ cacheDir: defaultCacheDir(), outDir: directory, report });
    if (values.json === true) console.log(JSON.stringify(manifest, null, 2));
    else
      for (const [name, { size, sha256 }] of Object.entries(manifest.files))
        console.log(`${sha256}  ${String(size).padStart(10)}  ${join(directory, 'image', name)}`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
