/** Our answers to the questions of the corpus, topic by topic. */
import { parseFileName } from '../../agent/snaps/file-name.ts';
import { checkChannel, fullChannel, resolveChannel } from '../../agent/snaps/record/channel.ts';
import { isRevision } from '../../agent/snaps/record/revision.ts';
import { canRead, type Epoch, formatEpoch, parseEpoch } from '../../images/snap/epoch.ts';
import {
  checkInstanceName,
  checkSnapName,
  isAlias,
  isAppName,
  isHookName,
  isInterfaceName,
  isPlugName,
  isSlotName,
  splitInstanceName,
} from '../../images/snap/names.ts';
import { parseSchedules } from '../../images/snap/schedule/parse.ts';
import { formatSchedule } from '../../images/snap/schedule/schedule.ts';
import { checkLicense } from '../../images/snap/validate/license.ts';
import { checkVersion } from '../../images/snap/version.ts';
import { CorpusError, type Json, list, record, text } from './json.ts';
import type { Compared } from './questions.ts';

function messageOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const CHECKS: Readonly<Record<string, (name: string) => void>> = {
  snap: checkSnapName,
  instance: checkInstanceName,
  version: checkVersion,
  license: checkLicense,
};

const TESTS: Readonly<Record<string, (name: string) => boolean>> = {
  app: isAppName,
  plug: isPlugName,
  slot: isSlotName,
  interface: isInterfaceName,
  hook: isHookName,
  alias: isAlias,
};

export function answersToNames([kind = '', input = '']: readonly string[], snapd: Json): readonly Compared[] {
  const check = CHECKS[kind];
  const test = TESTS[kind];
  if (kind === 'filename') return [fileName(input, snapd)];
  if (test !== undefined) return [{ what: 'is valid', snapd: snapd['error'] === null, ours: test(input) }];
  if (check === undefined) return [{ notBuilt: `names of the kind ${kind}` }];
  const error = { what: 'error', snapd: snapd['error'], ours: messageOf(() => check(input)) };
  if (kind !== 'instance') return [error];
  const { name, key } = splitInstanceName(input);
  return [error, { what: 'parts', snapd: snapd['value'], ours: [name, key] }];
}

/** snapd takes any text with one `_` apart; we only what a snap file is called, with the key of a parallel instance. */
function fileName(input: string, snapd: Json): Compared {
  const file = parseFileName(input);
  const ours = file === undefined ? null : [file.name, file.revision];
  const value = snapd['value'] === null ? null : record(snapd['value'], 'value');
  const theirs = value === null ? null : [text(value['instance'], 'instance'), text(value['revision'], 'revision')];
  const isCanonical = theirs !== null && input === `${theirs.join('_')}.snap` && isInstance(theirs[0] ?? '');
  const isInstanceFile = theirs === null && ours !== null && input.split('_').length === 3 && isInstance(ours[0] ?? '');
  const isStrict = theirs !== null && ours === null && !isCanonical;
  const intended = isStrict
    ? 'only what a snap file is called'
    : isInstanceFile
      ? 'files of parallel instances'
      : undefined;
  return { what: 'file name', snapd: theirs, ours, ...(intended === undefined ? {} : { intended }) };
}

function isInstance(name: string): boolean {
  return messageOf(() => checkInstanceName(name)) === null;
}

export function answersToRevision([input = '']: readonly string[], snapd: Json): readonly Compared[] {
  return [{ what: 'is valid', snapd: snapd['error'] === null, ours: isRevision(input) }];
}

/** snapd reads these from JSON, where numbers are numbers; ours come from YAML, where all is text. */
export function answersToEpochs(inputs: readonly string[], snapd: Json): readonly Compared[] {
  const said = list(snapd['epochs'], 'epochs').map((one) => record(one, 'epoch'));
  const ours = inputs.map(readEpoch);
  const each = said.flatMap((one, at): Compared[] => {
    const read = ours[at];
    if (read === undefined) throw new CorpusError('cannot compare epochs: more answers than questions');
    const isOfJson = typeof one['error'] === 'string' && one['error'].startsWith('json: ');
    const { error, epoch } = read;
    const lists = error === null ? { read: epoch.read, write: epoch.write } : { read: null, write: null };
    return [
      { what: 'error', snapd: isOfJson ? true : one['error'], ours: isOfJson ? error !== null : error },
      { what: 'lists', snapd: { read: one['read'], write: one['write'] }, ours: lists },
      { what: 'text', snapd: one['string'], ours: formatEpoch(epoch) },
    ];
  });
  const [a, b] = ours;
  if (a === undefined || b === undefined || snapd['can_read'] === undefined) return each;
  const equal = formatEpoch(a.epoch) === formatEpoch(b.epoch);
  return [
    ...each,
    { what: 'can read', snapd: snapd['can_read'], ours: canRead(a.epoch, b.epoch) },
    { what: 'equal', snapd: snapd['equal'], ours: equal },
  ];
}

function readEpoch(input: string): { readonly error: string | null; readonly epoch: Epoch } {
  const value: unknown = JSON.parse(input);
  const numbers = (of: unknown): unknown => (Array.isArray(of) ? of.map((one) => JSON.stringify(one)) : of);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const asYaml = isMap ? Object.fromEntries(Object.entries(value).map(([key, of]) => [key, numbers(of)])) : value;
  const error = messageOf(() => parseEpoch(asYaml));
  return { error, epoch: error === null ? parseEpoch(asYaml) : parseEpoch(undefined) };
}

export function answersToChannel(words: readonly string[], snapd: Json): readonly Compared[] {
  const [first = '', a, b] = words;
  if (a === undefined || b === undefined) {
    const parse = record(snapd['parse'], 'parse');
    return [
      { what: 'full', snapd: snapd['full'], ours: orError(() => fullChannel(first)) ?? '' },
      { what: 'error', snapd: parse['error'], ours: messageOf(() => checkChannel(first)) },
      { notBuilt: 'parts of a channel' },
    ];
  }
  const pinned = first === 'resolvepinned' && a !== '' ? { track: a, by: 'kernel' as const } : undefined;
  const ours = orError(() => resolveChannel(first === 'resolvepinned' ? '' : a, b, pinned));
  const said = snapd['error'] === null ? snapd['result'] : undefined;
  const intended = channelClass({ old: a, wanted: b, said, ours });
  return [{ what: first, snapd: said, ours, ...(intended === undefined ? {} : { intended }) }];
}

interface Resolved {
  readonly old: string;
  readonly wanted: string;
  readonly said: unknown;
  readonly ours: string | undefined;
}

/** snapd takes over what is no channel, and fails on an old one that is none; we check what is new, and only that. */
function channelClass({ old, wanted, said, ours }: Resolved): string | undefined {
  const isChannel = (channel: string): boolean => messageOf(() => checkChannel(channel)) === null;
  if (ours === undefined) return isChannel(wanted) ? undefined : 'what is no channel is not followed';
  const isReplaced = said === undefined && !isChannel(old) && isChannel(ours) && ours.endsWith(wanted);
  return isReplaced ? 'an old channel that is none is replaced' : undefined;
}

function orError(action: () => string): string | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

export function answersToTimer(words: readonly string[], snapd: Json): readonly Compared[] {
  const [input = '', now] = words;
  if (input === '-legacy') return [{ notBuilt: 'schedules of before refresh.timer' }];
  const error = messageOf(() => parseSchedules(input));
  const compared: Compared[] = [{ what: 'error', snapd: snapd['error'], ours: error }];
  if (snapd['error'] !== null) return compared;
  const schedules = error === null ? parseSchedules(input).map(formatSchedule) : [];
  compared.push({ what: 'schedules', snapd: snapd['schedules'], ours: schedules });
  return now === undefined ? compared : [...compared, { notBuilt: 'refresh windows' }];
}
