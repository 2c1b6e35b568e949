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

const aliasActions = ['alias', 'unalias', 'prefer'];

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
  if (aliasActions.includes(command)) return { path: '/v2/aliases', body: aliasBody(args) };
  const action = setActions.get(command);
  if (action === undefined) return snapOrder(args);
  const [set = '', ...snaps] = operands;
  return { path: '/v2/snapshots', body: { action, set: setNumber(set), ...snapsIn(snaps), ...users } };
}

/** The daemon knows whether a name to unalias is a snap's or an alias; to name it as both asks for that, as with `snap`. */
function aliasBody({ command, operands: [name = '', alias = ''] }: Arguments): Order['body'] {
  if (command === 'prefer') return { action: command, snap: name };
  if (command === 'unalias') return { action: command, snap: name, alias: name };
  const [snap = '', ...app] = name.split('.');
  // An app with the name of its snap is called by that alone; an instance's key is no part of it.
  return { action: command, snap, app: app.join('.') || (snap.split('_')[0] ?? ''), alias };
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
