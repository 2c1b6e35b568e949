/** `holdfast install`, `refresh`, `revert` and the other commands that start a change, or say what it would be. */
import { Readable } from 'node:stream';
import type { Arguments } from './arguments.ts';
import { asObject, type Client, type Upload } from './client.ts';
import { orderShapes } from './command-shapes.ts';
import { CommandError } from './error.ts';
import { orderOf } from './orders.ts';
import { printable } from './show.ts';
import type { Terminal } from './terminal.ts';
import { uploadOf } from './upload.ts';
import { watch } from './watch.ts';

type Command = (client: Client, args: Arguments, terminal: Terminal) => Promise<void>;

export const orderCommands: Readonly<Record<string, Command>> = Object.fromEntries(
  Object.keys(orderShapes).map((command) => [command, command === 'install' ? install : order]),
);

async function install(client: Client, args: Arguments, terminal: Terminal): Promise<void> {
  await carryOut(client, args, terminal, '/v2/snaps', await uploadOf(args.operands, args.options));
}

async function order(client: Client, args: Arguments, terminal: Terminal): Promise<void> {
  const { path, body } = orderOf(args);
  await carryOut(client, args, terminal, path, jsonOf(body));
}

export function jsonOf(body: Readonly<Record<string, unknown>>): Upload {
  return { contentType: 'application/json', body: Readable.from([Buffer.from(JSON.stringify(body))]) };
}

async function carryOut(
  client: Client,
  args: Arguments,
  terminal: Terminal,
  path: string,
  upload: Upload,
): Promise<void> {
  if (args.plan) {
    const { result } = await client.post(`${path}?plan=${args.json ? 'json' : 'text'}`, upload);
    terminal.out(args.json ? `${JSON.stringify(result, undefined, 2)}\n` : textOf(result));
    return;
  }
  const { change } = await client.post(path, upload);
  if (change === undefined) throw new CommandError('protocol', `cannot follow ${args.command}: no change`);
  if (args.wait) return watch(client, change, args, terminal);
  terminal.out(args.json ? `${JSON.stringify({ change })}\n` : `${change}\n`);
}

function textOf(result: unknown): string {
  const { content } = asObject(result);
  if (typeof content === 'string') return printable(content);
  throw new CommandError('protocol', 'cannot understand the answer of the daemon: no plan');
}
