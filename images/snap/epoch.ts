import { SnapError } from './error.ts';
import { quote } from './quote.ts';

/** Which data formats a revision can read and which it writes; both lists rise strictly. */
export interface Epoch {
  readonly read: readonly number[];
  readonly write: readonly number[];
}

const MAX_ENTRIES = 10;

function bad(message: string): SnapError {
  return new SnapError('bad-epoch', message);
}

function parseNumber(text: unknown): number {
  if (typeof text !== 'string' || !/^(0|[1-9][0-9]*)$/.test(text)) {
    throw bad(`epoch numbers must be base 10 with no zero padding, but got ${quote(String(text))}`);
  }
  const number = Number(text);
  if (number >= 2 ** 32) throw bad(`epoch numbers must be less than 2³², but got ${quote(text)}`);
  return number;
}

/** `N`, or `N*` for "reads N-1 and N". */
function parseShort(text: string): Epoch {
  if (text === '' || text === '0') return { read: [0], write: [0] };
  if (text === '0*') throw bad('0* is an invalid epoch');
  const number = parseNumber(text.endsWith('*') ? text.slice(0, -1) : text);
  return { read: text.endsWith('*') ? [number - 1, number] : [number], write: [number] };
}

function parseList(value: unknown): number[] | undefined {
  if (value === undefined) return undefined;
  if (value === null) return [];
  if (!Array.isArray(value)) throw bad('epoch read/write attributes must be lists of epoch numbers');
  return value.map(parseNumber);
}

/**
 * Reads an epoch as snap.yaml gives it, numbers as text: nothing, `N`, `N*`, or `{read, write}` with lists of which one may
 * be left out. Throws `bad-epoch` with snapd's messages (reference: lifecycle-vectors M.1).
 */
export function parseEpoch(value: unknown): Epoch {
  if (value === undefined || value === null) return parseShort('');
  if (typeof value === 'string') return parseShort(value);
  if (typeof value !== 'object' || Array.isArray(value))
    throw bad('epoch must be a number or have read and write lists');
  const given = value as { readonly read?: unknown; readonly write?: unknown };
  const read = parseList(given.read);
  const write = parseList(given.write);
  if (read?.length === 0 || write?.length === 0) throw bad('epoch list cannot be explicitly empty');
  const epoch = { read: read ?? write ?? [0], write: write ?? read?.slice(-1) ?? [0] };
  checkEpoch(epoch);
  return epoch;
}

function checkEpoch(epoch: Epoch): void {
  const lists = [epoch.read, epoch.write];
  if (lists.some((list) => list.length > MAX_ENTRIES)) {
    throw bad(`epoch list must not have more than ${MAX_ENTRIES} entries`);
  }
  if (lists.some((list) => list.some((number, i) => i > 0 && number <= (list[i - 1] ?? 0)))) {
    throw bad('epoch list must be a strictly increasing sequence');
  }
  if (!canRead(epoch, epoch)) throw bad('epoch read and write lists must have a non-empty intersection');
}

/** snapd's text for an epoch: `N`, `N*`, or the two lists as JSON. */
export function formatEpoch({ read, write }: Epoch): string {
  const [number] = write;
  if (write.length === 1 && number !== undefined) {
    if (read.length === 1 && read[0] === number) return `${number}`;
    if (read.length === 2 && read[0] === number - 1 && read[1] === number) return `${number}*`;
  }
  return JSON.stringify({ read, write });
}

/** Whether a snap of epoch `a` can take over the data that one of epoch `b` wrote. */
export function canRead(a: Epoch, b: Epoch): boolean {
  return a.read.some((number) => b.write.includes(number));
}
