import { EnvError, quoted } from './errors.ts';
import { type FlagScheme, isNewerFlag, nextFlag } from './flags.ts';
import { createEnv, type EnvImage, type Padding, parseEnv, serializeEnv } from './image.ts';
import { type ByteOrder, CRC_SIZE, MAX_SIZE, MIN_SIZE } from './shape.ts';
import { type Changes, sameVars, withVars } from './vars.ts';

/**
 * Two images of one size, one after the other, both with a flag byte that says which one counts. A change is written over
 * the other one, so that a torn write leaves the old content readable.
 */

/** First or second copy; copy `n` begins at byte `n * size`. */
export type Copy = 0 | 1;

/** Both copies as they were read. */
export interface RedundantEnv {
  /** The content of the copy that counts. */
  readonly image: EnvImage;
  /** Which copy that is. */
  readonly active: Copy;
  /** Why the other copy cannot be read; undefined where it can. */
  readonly damaged: EnvError | undefined;
  /** How the flags were understood. */
  readonly scheme: FlagScheme;
}

export interface ParseRedundantOptions {
  /** Bytes of one copy; snapd's 8192 if not given. */
  readonly size?: number;
  /** What the flags mean, which no byte tells; `counter` if not given. */
  readonly scheme?: FlagScheme;
  /** Accept only this byte order; without it each copy may have either. */
  readonly byteOrder?: ByteOrder | undefined;
  /** What the bytes are called in messages. */
  readonly name?: string | undefined;
}

/** snapd's size of one copy. */
export const REDUNDANT_SIZE = 8192;

function attempt(bytes: Uint8Array, name: string, byteOrder: ByteOrder | undefined): EnvImage | EnvError {
  try {
    return parseEnv(bytes, { flavour: 'flag', byteOrder, name });
  } catch (error) {
    if (error instanceof EnvError) return error;
    throw error;
  }
}

/**
 * Reads a pair from the first `2 * size` bytes; what follows (the rest of a partition) is left alone. For copies in two
 * places, hand over both one after the other.
 * @throws EnvError `too-small`, `too-large`, `both-invalid`
 */
export function parseRedundant(
  bytes: Uint8Array,
  { size = REDUNDANT_SIZE, scheme = 'counter', byteOrder, name }: ParseRedundantOptions = {},
): RedundantEnv {
  const what = `redundant environment${name === undefined ? '' : ` ${quoted(name)}`}`;
  if (size > MAX_SIZE) throw new EnvError('too-large', `cannot open ${what}: a copy has at most ${MAX_SIZE} bytes`);
  if (!(Number.isInteger(size) && size >= MIN_SIZE))
    throw new EnvError('too-small', `cannot open ${what}: a copy has at least ${MIN_SIZE} bytes`);
  if (bytes.length < 2 * size) {
    const lengths = `${bytes.length} bytes, two copies need ${2 * size}`;
    const message = `cannot open ${what}: redundant environment device too small or unreadable (${lengths})`;
    throw new EnvError('too-small', message);
  }
  const first = attempt(bytes.subarray(0, size), `${name ?? 'environment'} copy 1`, byteOrder);
  const second = attempt(bytes.subarray(size, 2 * size), `${name ?? 'environment'} copy 2`, byteOrder);
  if (first instanceof EnvError) {
    if (!(second instanceof EnvError)) return { image: second, active: 1, damaged: first, scheme };
    throw new EnvError('both-invalid', `cannot open ${what}: both copies invalid: ${first.message}; ${second.message}`);
  }
  if (second instanceof EnvError) return { image: first, active: 0, damaged: second, scheme };
  return isNewerFlag(first.flag, second.flag, scheme)
    ? { image: first, active: 0, damaged: undefined, scheme }
    : { image: second, active: 1, damaged: undefined, scheme };
}

/** Bytes to write at byte `offset` of the pair. */
export interface EnvWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Either nothing to write, or one copy to write: all of `writes` in order, each durable before the next. */
export type RedundantUpdate =
  | { readonly changed: false; readonly env: RedundantEnv }
  | {
      readonly changed: true;
      /** What the pair holds when all is written. */
      readonly env: RedundantEnv;
      /** The copy that gets the new content. */
      readonly copy: Copy;
      /** The whole copy; then, with boolean flags, the flag byte of the copy that counted until now. */
      readonly writes: readonly [EnvWrite, ...EnvWrite[]];
    };

export interface RedundantUpdateOptions {
  readonly padding?: Padding;
  /** Write even where nothing changes: brings a damaged copy back, so that the next torn write does no harm either. */
  readonly force?: boolean;
}

/**
 * A change to a pair: the inactive copy gets the new content and the newer flag. The content of the active one is never
 * touched; a cut between the two writes of boolean flags leaves the old or the new content, depending on which copy is first.
 * @throws EnvError `bad-name`, `bad-value`, `overflow`
 */
export function updateRedundant(
  env: RedundantEnv,
  changes: Changes,
  { padding = 0xff, force = false }: RedundantUpdateOptions = {},
): RedundantUpdate {
  const { scheme, active } = env;
  const image: EnvImage = { ...withVars(env.image, changes), flag: nextFlag(env.image.flag, scheme) };
  if (sameVars(env.image, changes) && !force) return { changed: false, env };
  const copy: Copy = active === 0 ? 1 : 0;
  const whole: EnvWrite = { offset: copy * image.size, bytes: serializeEnv(image, { padding }) };
  const obsolete: EnvWrite = { offset: active * image.size + CRC_SIZE, bytes: Uint8Array.of(0) };
  return {
    changed: true,
    // The copy that was active stays readable, so after the writes both are.
    env: { image, active: copy, damaged: undefined, scheme },
    copy,
    writes: scheme === 'boolean' ? [whole, obsolete] : [whole],
  };
}

/**
 * The bytes of a new pair, both copies with the same content; the first one counts (flags 2 and 1, as snapd leaves them, or
 * 1 and 0).
 * @throws EnvError `too-small`, `too-large`, `bad-name`, `bad-value`, `overflow`
 */
export function createRedundant({
  size = REDUNDANT_SIZE,
  vars = {},
  padding = 0xff,
  scheme = 'counter',
  byteOrder = 'little',
}: {
  readonly size?: number;
  readonly vars?: Changes;
  readonly padding?: Padding;
  readonly scheme?: FlagScheme;
  readonly byteOrder?: ByteOrder;
} = {}): Uint8Array {
  const image = withVars(createEnv({ size, flavour: 'flag', byteOrder }), vars);
  const [first, second] = scheme === 'counter' ? [2, 1] : [1, 0];
  const bytes = new Uint8Array(2 * size);
  bytes.set(serializeEnv({ ...image, flag: first }, { padding }), 0);
  bytes.set(serializeEnv({ ...image, flag: second }, { padding }), size);
  return bytes;
}
