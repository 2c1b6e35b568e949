/** The commands that start a change, as requests to the daemon. Pure. */
import type { Arguments } from './arguments.ts';
import { CommandError } from './error.ts';

export interface Order {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Options that are sent as they are, by their own names; the daemon knows which fit together. */
const passed = [
  ...['channel', 'revision', 'amend', 'purge', 'terminate', 'ignore-running', 'transaction'],
  ...['devmode', 'jailmode', 'classic'],
] as const;

/** Commands that are sent to several snaps in one request. */
const several = ['refresh', 'remove', 'hold', 'unhold'];

/** @throws CommandError `usage` */
export function orderOf({ command, operands, options }: Arguments): Order {
  const given: Readonly<Record<string, unknown>> = { ...options };
  const chosen = passed.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]] as const]));
  const hold =
    command === 'hold' ? { time: options.until ?? 'forever', 'hold-level': options.level ?? 'auto-refresh' } : {};
  const body = { action: command, ...Object.fromEntries(chosen), ...hold };
  const [snap] = operands;
  if (command === 'switch' && options.channel === undefined) {
    throw new CommandError('usage', 'cannot switch: say to which --channel; see holdfast switch --help');
  }
  if (operands.length === 1 && snap !== undefined) return { path: `/v2/snaps/${encodeURIComponent(snap)}`, body };
  if (!several.includes(command)) throw new CommandError('usage', `cannot ${command}: name one snap`);
  return { path: '/v2/snaps', body: { ...body, ...(operands.length === 0 ? {} : { snaps: operands }) } };
}
