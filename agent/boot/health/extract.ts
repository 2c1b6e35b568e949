/** The health commands that a snap ships, unpacked from its file so that they can be run: `health.d/<weight>/<name>`. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SquashfsImage } from 'squashfs-ts';
import type { HealthCommand, Weight } from './model.ts';

const weights: readonly Weight[] = ['required', 'wanted'];
const folder = 'health.d';
/** Of one snap. */
const maxCommands = 16;
const maxBytes = 1 << 20;
const maxTotalBytes = 4 << 20;
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const anyExecute = 0o111;

export interface Extracted {
  readonly commands: readonly HealthCommand[];
  /** What was passed over, and why, as sentences. */
  readonly skipped: readonly string[];
}

/**
 * Unpacks the commands of a snap file into `directory`, which is emptied before. The directory is one of those that are gone
 * after a reboot: nothing here is a durable write.
 * @param snap the snap's name, without its revision
 * @throws SquashfsError, or what the file system says, where the file cannot be read or nothing be written
 */
export async function extractCommands(file: string, snap: string, directory: string): Promise<Extracted> {
  const { fileSource, SquashfsImage } = await import('squashfs-ts');
  await rm(directory, { recursive: true, force: true });
  await using image = await SquashfsImage.open(await fileSource(file));
  const commands: HealthCommand[] = [];
  const skipped: string[] = [];
  let total = 0;
  for (const weight of weights) {
    for (const name of await namesIn(image, `${folder}/${weight}`)) {
      const source = `${folder}/${weight}/${name}`;
      const reason = await whyNot(image, source, name, commands, total);
      if (reason !== undefined) {
        skipped.push(`${source} of ${snap} is not run: ${reason}`);
        continue;
      }
      const bytes = await image.readFile(source, { maxBytes });
      total += bytes.length;
      const path = join(directory, weight, name);
      await mkdir(join(directory, weight), { recursive: true });
      await writeFile(path, bytes);
      await chmod(path, 0o755);
      commands.push({ id: `command:${snap}/${name}`, weight, path });
    }
  }
  return { commands, skipped };
}

async function namesIn(image: SquashfsImage, path: string): Promise<string[]> {
  try {
    return (await image.list(path)).map(({ name }) => name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'not-found' || code === 'not-a-directory') return [];
    throw error;
  }
}

async function whyNot(
  image: SquashfsImage,
  source: string,
  name: string,
  commands: readonly HealthCommand[],
  total: number,
): Promise<string | undefined> {
  if (!plainName.test(name)) return 'its name has other characters than letters, digits, ".", "_" and "-"';
  // Links are not followed: what is run is what is seen here.
  const { type, mode, size } = await image.lstat(source);
  if (type !== 'file' || (mode & anyExecute) === 0) return 'it is no executable file';
  if (size > maxBytes) return `it is larger than ${maxBytes} bytes`;
  if (total + size > maxTotalBytes) return `the commands of a snap may have ${maxTotalBytes} bytes together`;
  if (commands.length >= maxCommands) return `a snap may have ${maxCommands} commands`;
  if (commands.some(({ path }) => path.endsWith(`/${name}`))) return 'there is a required command of the same name';
  return undefined;
}
