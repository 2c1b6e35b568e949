/** Runs the programs that prove and measure, one after the other, and keeps what they printed. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Measured } from './section.ts';

export interface Program {
  readonly name: string;
  /** Words of the command, as it can be typed in a clone. */
  readonly command: readonly [program: string, ...args: string[]];
}

/** How it ended, and what it printed for the documentation. */
export interface Ran<Row> {
  readonly measured: Measured<Row>;
  /** It exited with 0, and printed at least one row. */
  readonly isGood: boolean;
}

/** Runs one, its output onto the screen and into `<folder>/<name>.log`. */
export async function runProgram<Row>(
  { name, command }: Program,
  folder: string,
  rowOf: (line: string) => Row | undefined,
): Promise<Ran<Row>> {
  await mkdir(folder, { recursive: true });
  const log = createWriteStream(join(folder, `${name}.log`));
  const [program, ...args] = command;
  const start = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const rows: Row[] = [];
  const reading = (async () => {
    for await (const line of createInterface(child.stdout)) {
      console.log(line);
      log.write(`${line}\n`);
      const row = rowOf(line);
      if (row !== undefined) rows.push(row);
    }
  })();
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  await reading;
  await new Promise<void>((resolve) => log.end(resolve));
  const seconds = (performance.now() - start) / 1000;
  return { measured: { name, command: command.join(' '), seconds, rows }, isGood: code === 0 && rows.length > 0 };
}

/** Keeps what was measured for the script that writes the documents. */
export async function keep<Row>(folder: string, measured: Measured<Row>): Promise<void> {
  await writeFile(join(folder, `${measured.name}.json`), `${JSON.stringify(measured, null, 2)}\n`);
}

/** What was kept of these programs, in their order; those never run are left out. */
export async function kept<Row>(folder: string, programs: readonly Program[]): Promise<Measured<Row>[]> {
  const there = new Set(await readdir(folder).catch(() => []));
  const known = programs.filter(({ name }) => there.has(`${name}.json`));
  return Promise.all(
    known.map(async ({ name }) => JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as Measured<Row>),
  );
}
