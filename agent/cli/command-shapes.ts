/** What each command takes: its arguments and the options that only some have. */
export interface Shape {
  /** `[X]` may be left out, `X...` may be several, `[X...]` both. */
  readonly operands: readonly string[];
  readonly options: readonly string[];
}

const modes = ['devmode', 'jailmode', 'classic'];

/** Those that start a change; `holdfast plan` says what they would do. */
export const orderShapes: Readonly<Record<string, Shape>> = {
  install: {
    operands: ['FILE...'],
    options: ['dangerous', 'name', 'unaliased', 'ignore-running', 'transaction', 'no-wait', ...modes],
  },
  refresh: {
    operands: ['[SNAP...]'],
    options: ['channel', 'revision', 'amend', 'ignore-running', 'transaction', 'no-wait', ...modes],
  },
  revert: { operands: ['SNAP'], options: ['revision', 'ignore-running', 'no-wait', ...modes] },
  remove: { operands: ['SNAP...'], options: ['revision', 'purge', 'terminate', 'no-wait'] },
  enable: { operands: ['SNAP'], options: ['no-wait'] },
  disable: { operands: ['SNAP'], options: ['no-wait'] },
  switch: { operands: ['SNAP'], options: ['channel', 'no-wait'] },
  alias: { operands: ['SNAP.APP', 'ALIAS'], options: ['no-wait'] },
  unalias: { operands: ['ALIAS|SNAP'], options: ['no-wait'] },
  prefer: { operands: ['SNAP'], options: ['no-wait'] },
  save: { operands: ['[SNAP...]'], options: ['users', 'no-wait'] },
  'check-snapshot': { operands: ['SET', '[SNAP...]'], options: ['users', 'no-wait'] },
  restore: { operands: ['SET', '[SNAP...]'], options: ['users', 'no-wait'] },
  forget: { operands: ['SET', '[SNAP...]'], options: ['no-wait'] },
  hold: { operands: ['[SNAP...]'], options: ['until', 'level', 'no-wait'] },
  unhold: { operands: ['[SNAP...]'], options: ['no-wait'] },
};

export const shapes: Readonly<Record<string, Shape>> = {
  ...orderShapes,
  status: { operands: [], options: [] },
  list: { operands: ['[SNAP...]'], options: ['all'] },
  info: { operands: ['SNAP'], options: [] },
  aliases: { operands: ['[SNAP]'], options: [] },
  saved: { operands: ['[SNAP...]'], options: ['id'] },
  'export-snapshot': { operands: ['SET', 'FILE'], options: [] },
  'import-snapshot': { operands: ['FILE'], options: [] },
  changes: { operands: ['[SNAP]'], options: [] },
  change: { operands: ['ID'], options: [] },
  tasks: { operands: ['ID'], options: [] },
  watch: { operands: ['[ID]'], options: [] },
  abort: { operands: ['ID'], options: [] },
  'boot log': { operands: [], options: [] },
  'boot why': { operands: ['[N]'], options: [] },
  'boot timeline': { operands: [], options: ['html'] },
  'boot confirm': { operands: [], options: ['reason'] },
  'boot reject': { operands: [], options: ['reason'] },
  'boot verify': { operands: [], options: [] },
  version: { operands: [], options: [] },
};

/** The options of all commands: whether something has to follow them. */
export const optionTypes = {
  root: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  html: { type: 'string' },
  reason: { type: 'string' },
  all: { type: 'boolean' },
  dangerous: { type: 'boolean' },
  devmode: { type: 'boolean' },
  jailmode: { type: 'boolean' },
  classic: { type: 'boolean' },
  name: { type: 'string' },
  unaliased: { type: 'boolean' },
  'ignore-running': { type: 'boolean' },
  transaction: { type: 'string' },
  channel: { type: 'string' },
  revision: { type: 'string' },
  amend: { type: 'boolean' },
  purge: { type: 'boolean' },
  terminate: { type: 'boolean' },
  until: { type: 'string' },
  level: { type: 'string' },
  users: { type: 'string' },
  id: { type: 'string' },
} as const;

/** @returns what is wrong about the number of arguments; `undefined` where nothing is */
export function operandsProblem({ operands }: Shape, given: number): string | undefined {
  const needed = operands.filter((operand) => !operand.startsWith('[')).length;
  const isOpen = operands.some((operand) => operand.includes('...'));
  if (given >= needed && (isOpen || given <= operands.length)) return undefined;
  if (operands.length === 0) return 'no arguments';
  return `${isOpen || operands.length > 1 ? 'arguments' : 'one argument'}: ${operands.join(' ')}`;
}
