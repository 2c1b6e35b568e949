/** One mutant through everything that takes bytes, each answer compared with the oracle's. */
import type * as api from '../index.ts';
import type { ByteOrder, EnvImage, FlagScheme, Flavour, Padding, ParseOptions } from '../index.ts';
import type { Below } from '../random.ts';
import type { Image } from './images.ts';
import { type Answer, changed, imported, pairParsed, parsed, written } from './oracle.ts';

/** What is under test; a test of the fuzzer puts something broken here. */
export type Api = typeof api;

/** Told of every answer, for instance `accepted plain little` or `refused bad-crc`. */
export type Count = (what: string) => void;

/** The package did not answer as it must. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Two messages of copies in one, each with 80 characters quoted as six. */
const LONGEST_MESSAGE = 1200;

function ask<T>(api: Api, call: () => T): Answer<T> {
  try {
    return { value: call() };
  } catch (error) {
    if (!(error instanceof api.EnvError)) throw new Finding(`crash: ${String(error)}`, { cause: error });
    if (error.message.length > LONGEST_MESSAGE) throw new Finding(`a message of ${error.message.length} characters`);
    if (/\p{Cc}/u.test(error.message)) throw new Finding(`a control character in: ${JSON.stringify(error.message)}`);
    return { code: error.code };
  }
}

/** Compares two answers; hands on the value where both have one. */
function agreed<T, U>(
  what: string,
  got: Answer<T>,
  want: Answer<U>,
  same: (got: T, want: U) => boolean,
): T | undefined {
  const told = (answer: Answer<unknown>): string => ('code' in answer ? answer.code : 'accepted');
  if ('code' in got || 'code' in want) {
    if (told(got) !== told(want)) throw new Finding(`${what}: ${told(got)} where ${told(want)} is right`);
    return undefined;
  }
  if (!same(got.value, want.value)) throw new Finding(`${what}: another value`);
  return got.value;
}

function sameVars(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

function sameImage(a: EnvImage, b: EnvImage): boolean {
  const sameShape = a.flavour === b.flavour && a.byteOrder === b.byteOrder;
  return sameShape && a.size === b.size && a.flag === b.flag && sameVars(a.vars, b.vars);
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function pick<T>(below: Below, all: readonly [T, ...T[]]): T {
  return all[below(all.length)] ?? all[0];
}

const NAMES = [
  'a',
  'mode',
  'set',
  'kernel_status',
  '',
  'x=y',
  'n\0',
  '\xffn',
  '#n',
  ' n',
  '\u20ac',
  '__proto__',
] as const;
const VALUES = ['', '1', 'try', 'x\0y', '\u20ac', 'gr\xfcn', 'a=b', 'y'.repeat(90)] as const;

function randomChanges(below: Below): ReadonlyMap<string, string> {
  const changes = new Map<string, string>();
  // Mostly names and values that can be set, or no change would ever be made.
  const few = below(4) > 0;
  for (let count = below(3); count > 0; count -= 1) {
    changes.set(NAMES[below(few ? 4 : NAMES.length)] ?? 'a', VALUES[below(few ? 3 : VALUES.length)] ?? '');
  }
  return changes;
}

function isSame(image: EnvImage, changes: ReadonlyMap<string, string>): boolean {
  return [...changes].every(([name, value]) => (image.vars.get(name) ?? '') === value);
}

/** What a change to an image must give: its bytes. */
function update(image: EnvImage, changes: ReadonlyMap<string, string>, padding: Padding): Answer<Uint8Array> {
  const next = changed(image.vars, changes);
  return 'code' in next ? next : written({ ...image, vars: next.value }, padding);
}

/** A bad name is refused before anything else, a lack of room only where there is something to write. */
function roomOnlyIf(writing: boolean, answer: Answer<Uint8Array>): Answer<Uint8Array> {
  const isRoom = 'code' in answer && (answer.code === 'overflow' || answer.code === 'too-small');
  return isRoom && !writing ? { value: new Uint8Array(0) } : answer;
}

function checkSingle(api: Api, { bytes }: Image, below: Below, count: Count): void {
  const options: ParseOptions = {
    flavour: pick<Flavour | undefined>(below, [undefined, undefined, 'plain', 'flag']),
    byteOrder: pick<ByteOrder | undefined>(below, [undefined, undefined, 'little', 'big']),
    bestEffort: below(2) === 0,
    name: pick<string | undefined>(below, [undefined, 'a file']),
  };
  const got = ask(api, () => api.parseEnv(bytes, options));
  const want = parsed(bytes, options);
  const image = agreed('parseEnv', got, want, sameImage);
  const shape = api.detectShape(bytes, options);
  if ('code' in want ? want.code !== 'bad-entry' && shape !== undefined : shape?.flavour !== want.value.flavour) {
    throw new Finding(`detectShape: ${JSON.stringify(shape)}`);
  }
  count('code' in got ? `refused ${got.code}` : `accepted ${got.value.flavour} ${got.value.byteOrder}`);
  if (image === undefined) return;
  const padding = pick<Padding>(below, [0x00, 0xff]);
  const again = ask(api, () => api.serializeEnv(image, { padding }));
  agreed('serializeEnv', again, written(image, padding), sameBytes);
  if ('code' in again) count(`not written ${again.code}`);
  const changes = randomChanges(below);
  const given = below(2) === 0 ? changes : Object.fromEntries(changes);
  const next = ask(api, () => api.updateEnv(image, given, { padding }));
  const same = isSame(image, changes);
  const room = roomOnlyIf(!same, update({ ...image, flag: 0 }, changes, padding));
  agreed('updateEnv', next, room, (made, bytes) => (made.changed ? sameBytes(made.bytes, bytes) : same));
  count('code' in next ? `change refused ${next.code}` : `change ${next.value.changed ? 'made' : 'not needed'}`);
}

function checkPair(api: Api, { bytes, copySize }: Image, below: Below, count: Count): void {
  const options = {
    size: pick<number>(below, [copySize ?? 64, copySize ?? 64, copySize ?? 64, below(70), copySize ?? 0.5]),
    scheme: pick<FlagScheme>(below, ['counter', 'boolean']),
    byteOrder: pick<ByteOrder | undefined>(below, [undefined, undefined, 'little', 'big']),
    name: pick<string | undefined>(below, [undefined, 'a partition']),
  };
  if (below(500) === 0) options.size = pick<number>(below, [8192, Number.NaN, 64.5, 2 ** 24 + 1, 2 ** 40]);
  const got = ask(api, () => api.parseRedundant(bytes, options));
  const want = pairParsed(bytes, options);
  const env = agreed('parseRedundant', got, want, (env, pair) => {
    const same = env.active === pair.active && env.scheme === options.scheme && env.damaged?.code === pair.damaged;
    return same && sameImage(env.image, pair.image);
  });
  if ('code' in got) count(`pair refused ${got.code}`);
  if (env === undefined) return;
  count(`pair accepted ${options.scheme} ${env.damaged === undefined ? 'whole' : 'damaged'}, copy ${env.active + 1}`);
  const changes = randomChanges(below);
  const padding = pick<Padding>(below, [0x00, 0xff]);
  const force = below(3) === 0;
  const made = ask(api, () => api.updateRedundant(env, changes, { padding, force }));
  const flag = options.scheme === 'counter' ? (env.image.flag + 1) % 256 : 1;
  const same = isSame(env.image, changes) && !force;
  const whole = roomOnlyIf(!same, update({ ...env.image, flag }, changes, padding));
  agreed('updateRedundant', made, whole, (update, copy) => {
    if (!update.changed) return same;
    const { size } = options;
    const [first, second, ...more] = update.writes;
    if (first.offset !== (1 - env.active) * size || !sameBytes(first.bytes, copy) || more.length > 0) return false;
    if (options.scheme === 'counter') return second === undefined;
    return second?.offset === env.active * size + 4 && sameBytes(second.bytes, Uint8Array.of(0));
  });
  if ('code' in made || !made.value.changed) {
    count('code' in made ? `pair change refused ${made.code}` : 'pair change not needed');
    return;
  }
  const medium = Uint8Array.from(bytes);
  for (const write of made.value.writes) medium.set(write.bytes, write.offset);
  const after = ask(api, () => api.parseRedundant(medium, options));
  // The other copy stays as it was, and so does an old flag that no writer leaves behind: it may win for ever.
  agreed('a changed pair', after, pairParsed(medium, options), (env, pair) => sameImage(env.image, pair.image));
  count('pair change made');
}

function checkText(api: Api, { bytes }: Image, below: Below, count: Count): void {
  const lines = Buffer.from(bytes.subarray(4))
    .toString('latin1')
    .replaceAll('\0', pick(below, ['\n', '\r\n', '\0']));
  const text = below(300) === 0 ? lines + ' '.repeat(2 ** 24) : lines;
  const got = ask(api, () => api.importText(text));
  agreed('importText', got, imported(text), sameVars);
  count('code' in got ? `text refused ${got.code}` : 'text accepted');
}

/** Shapes and variables that no reader gave. */
function checkMade(api: Api, below: Below, count: Count): void {
  const flavour = pick<Flavour>(below, ['plain', 'flag']);
  const byteOrder = pick<ByteOrder>(below, ['little', 'big']);
  const size = pick<number>(below, [-1, 5, 6, 7, 64, 64.5, Number.NaN, 2 ** 24 + 1, 2 ** 60]);
  const flag = pick<number>(below, [0, 255, -1, 256, 0.5, Number.NaN]);
  const empty = ask(api, () => api.createEnv({ size, flavour, byteOrder }));
  agreed('createEnv', empty, written({ vars: new Map(), size, flavour, byteOrder, flag: 0 }, 0xff), (image, bytes) => {
    return image.size === bytes.length && image.vars.size === 0 && image.flag === 0;
  });
  const vars = new Map([[NAMES[below(NAMES.length)] ?? '', VALUES[below(VALUES.length)] ?? '']]);
  const image: EnvImage = { vars: below(2) === 0 ? vars : new Map(), size, flavour, byteOrder, flag };
  const bytes = ask(api, () => api.serializeEnv(image));
  agreed('serializeEnv', bytes, written(image, 0xff), sameBytes);
  count('code' in bytes ? `not made ${bytes.code}` : 'made');
  const scheme = pick<FlagScheme>(below, ['counter', 'boolean']);
  const pair = ask(api, () => api.createRedundant({ size, vars, scheme, byteOrder }));
  const first = update({ ...image, vars: new Map(), flavour: 'flag', flag: scheme === 'counter' ? 2 : 1 }, vars, 0xff);
  // Of several faults the size is told before the variables.
  const shape = written({ ...image, vars: new Map(), flavour: 'flag', flag: 0 }, 0xff);
  agreed('createRedundant', pair, 'code' in shape ? shape : first, (pair, copy) => {
    return pair.length === 2 * size && sameBytes(pair.subarray(0, size), copy);
  });
  count('code' in pair ? `pair not made ${pair.code}` : 'pair made');
}

const TOO_LARGE = new Uint8Array(2 ** 24 + 1);

/** Throws a Finding where the package is wrong about a mutant. */
export function check(api: Api, mutant: Image, below: Below, count: Count): void {
  checkSingle(api, mutant, below, count);
  checkPair(api, mutant, below, count);
  if (below(4) === 0) checkText(api, mutant, below, count);
  if (below(8) === 0) checkMade(api, below, count);
  if (below(500) === 0) checkSingle(api, { bytes: TOO_LARGE, copySize: undefined }, below, count);
}
