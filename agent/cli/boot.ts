/** `holdfast boot ...` */
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Arguments } from './arguments.ts';
import { asList, asObject, type Client } from './client.ts';
import { CommandError } from './error.ts';
import { printable } from './show.ts';
import { showBoots, showFindings, showWhy } from './show-boot.ts';
import type { Terminal } from './terminal.ts';

type Command = (client: Client, args: Arguments, terminal: Terminal) => Promise<void>;

export const bootCommands: Readonly<Record<string, Command>> = {
  'boot log': async (client, args, terminal) => {
    // More than the ring has room for.
    const { result } = await client.get('/v2/holdfast/boots?limit=1000');
    print(terminal, args, result, showBoots);
  },
  'boot why': async (client, args, terminal) => {
    const [number] = args.operands;
    const query = number === undefined ? '' : `?boot=${encodeURIComponent(number)}`;
    const { result } = await client.get(`/v2/holdfast/boots/why${query}`);
    print(terminal, args, result, showWhy);
  },
  'boot timeline': timeline,
  'boot confirm': async (client, args, terminal) => {
    const { result } = await order(client, { action: 'confirm', ...reasonOf(args) });
    print(
      terminal,
      args,
      result,
      () => 'Confirmed: the boot set that is tried is being kept; holdfast status tells when it is.\n',
    );
  },
  'boot reject': async (client, args, terminal) => {
    const { result } = await order(client, { action: 'reject', ...reasonOf(args) });
    print(terminal, args, result, () => 'Rejected: the device reboots into the good set.\n');
  },
  'boot verify': async (client, args, terminal) => {
    const { result } = await order(client, { action: 'verify' });
    print(terminal, args, result, showFindings);
    const unfit = asList(result).filter(({ state, mended }) => state !== 'fit' && mended !== true).length;
    if (unfit > 0) throw new CommandError('failed', `not everything is fit to fall back to: ${unfit} to look after`);
  },
};

function print(terminal: Terminal, { json }: Arguments, result: unknown, format: (result: unknown) => string): void {
  terminal.out(json ? `${JSON.stringify(result, undefined, 2)}\n` : format(result));
}

function reasonOf({ reason }: Arguments) {
  return reason === undefined ? {} : { reason };
}

function order(client: Client, body: Readonly<Record<string, string>>) {
  return client.post('/v2/holdfast/boot', {
    contentType: 'application/json',
    body: Readable.from([Buffer.from(JSON.stringify(body))]),
  });
}

async function timeline(client: Client, args: Arguments, terminal: Terminal): Promise<void> {
  const { result } = await client.get(`/v2/holdfast/timeline?format=${args.html === undefined ? 'text' : 'html'}`);
  const { content } = asObject(result);
  if (typeof content !== 'string') throw new CommandError('protocol', 'cannot understand the answer of the daemon');
  if (args.html === undefined || args.html === '-') {
    print(terminal, args, result, () => (args.html === undefined ? printable(content) : content));
    return;
  }
  await writeFile(args.html, content).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError('file', `cannot write ${args.html}: ${error.code ?? error.message}`);
  });
}
