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

/** What is asked of a snapshot set; its number stands first. */
const setActions: ReadonlyMap<string, string> = new Map([
  ['check-snapshot', 'check'],
  ['restore', 'restore'],
  ['forget', 'forget'],
]);

/** @throws CommandError `usage` */
export function orderOf(args: Arguments): Order {
  const { command, operands, options } = args;
  const users = options.users === undefined ? {} : { users: options.users.split(',') };
  if (command === 'save') return { path: '/v2/snaps', body: { action: 'snapshot', ...snapsIn(operands), ...users } };
  const action = setActions.get(command);
  if (action === undefined) return snapOrder(args);
  const [set = '', ...snaps] = operands;
  return { path: '/v2/snapshots', body: { action, set: setNumber(set), ...snapsIn(snaps), ...users } };
}

function snapsIn(snaps: readonly string[]) {
  return snaps.length === 0 ? {} : { snaps };
}

/** @throws CommandError `usage` */
export function setNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new CommandError('usage', `cannot use ${JSON.stringify(text)}: a snapshot set is named by its number`);
}

function snapOrder({ command, operands, options }: Arguments): Order {
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
  return { path: '/v2/snaps', body: { ...body, ...snapsIn(operands) } };
}
