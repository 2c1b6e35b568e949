/** `holdfast aliases`: other names of the commands of snaps. */
import type { Arguments } from './arguments.ts';
import { asObject, type Client } from './client.ts';
import { jsonText, table, text } from './show.ts';
import type { Terminal } from './terminal.ts';

export async function listAliases(client: Client, { operands: [snap], json }: Arguments, terminal: Terminal) {
  const all = asObject((await client.get('/v2/aliases')).result);
  const chosen = snap === undefined ? Object.entries(all) : Object.entries(all).filter(([name]) => name === snap);
  terminal.out(json ? jsonText(Object.fromEntries(chosen)) : showAliases(Object.fromEntries(chosen)));
}

/** Ordered by command. Pure. */
export function showAliases(result: unknown): string {
  const rows = Object.values(asObject(result)).flatMap((aliases) =>
    Object.entries(asObject(aliases)).map(([alias, about]) => {
      const { command, ...rest } = asObject(about);
      return [text(command), text(alias), notesOf(rest)];
    }),
  );
  if (rows.length === 0) return 'There are no aliases.\n';
  const key = ([command = '', alias = '']: readonly string[]) => `${command}\0${alias}`;
  return table([['Command', 'Alias', 'Notes'], ...rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))]);
}

/** An alias that a person set may stand in the place of one of the publisher's. */
function notesOf({ status, auto }: Readonly<Record<string, unknown>>): string {
  if (status === 'auto') return '-';
  return status === 'manual' && auto !== undefined ? 'manual,override' : text(status);
}
