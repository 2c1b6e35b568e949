/** `holdfast saved`, `export-snapshot` and `import-snapshot`: what is saved of snaps, and how that gets to another device. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Arguments } from './arguments.ts';
import { asList, asObject, type Client } from './client.ts';
import { CommandError } from './error.ts';
import { setNumber } from './orders.ts';
import { jsonText, table, text, time } from './show.ts';
import type { Terminal } from './terminal.ts';

type Command = (client: Client, args: Arguments, terminal: Terminal) => Promise<void>;

export const savedCommands: Readonly<Record<string, Command>> = {
  saved: listSaved,
  'export-snapshot': exportSet,
  'import-snapshot': importSet,
};

async function listSaved(client: Client, { operands, options, json }: Arguments, terminal: Terminal): Promise<void> {
  const query = new URLSearchParams({
    ...(options.id === undefined ? {} : { set: String(setNumber(options.id)) }),
    ...(operands.length === 0 ? {} : { snaps: operands.join(',') }),
  });
  const { result } = await client.get(`/v2/snapshots?${query}`);
  terminal.out(json ? jsonText(result) : showSets(result));
}

/** Pure. */
export function showSets(result: unknown): string {
  const rows = asList(result).flatMap(({ id, snapshots }) =>
    asList(snapshots).map((saved) => {
      const notes = [
        ...(saved['auto'] === true ? ['auto'] : []),
        ...(saved['broken'] === undefined ? [] : [`broken: ${text(saved['broken'])}`]),
      ];
      return [
        ...[text(id), text(saved['snap']), time(saved['time']), text(saved['version']), text(saved['revision'])],
        ...[text(saved['size']), notes.join(', ') || '-'],
      ];
    }),
  );
  if (rows.length === 0) return 'Nothing is saved.\n';
  return table([['Set', 'Snap', 'Time', 'Version', 'Rev', 'Size', 'Notes'], ...rows]);
}

/** @throws CommandError; FILE is as it was then */
async function exportSet(client: Client, { operands: [set = '', file = ''] }: Arguments, terminal: Terminal) {
  const { length, content } = await client.download(`/v2/snapshots/${setNumber(set)}/export`);
  const part = `${file}.part`;
  try {
    await pipeline(content, createWriteStream(part));
    const { size } = await stat(part);
    if (size !== length) throw new Error(`${size} of ${length} bytes came`);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw new CommandError('file', `cannot export to ${file}: ${error instanceof Error ? error.message : error}`);
  }
  terminal.out(`Exported snapshot set ${set} to ${text(file)} (${length} bytes).\n`);
}

async function importSet(client: Client, { operands: [file = ''], json }: Arguments, terminal: Terminal) {
  const info = await stat(file).catch((error: Error) => {
    throw new CommandError('file', `cannot import ${file}: ${error.message}`);
  });
  if (!info.isFile()) throw new CommandError('file', `cannot import ${file}: not a file`);
  const body = createReadStream(file);
  const upload = { contentType: 'application/x.snapd.snapshot', body, length: info.size };
  const { result } = await client.post('/v2/snapshots', upload);
  if (json) return void terminal.out(jsonText(result));
  const { 'set-id': set, snaps } = asObject(result);
  const names = Array.isArray(snaps) ? snaps.map(text).join(', ') : '-';
  terminal.out(`Imported as snapshot set ${text(set)}: ${names}.\n`);
}
