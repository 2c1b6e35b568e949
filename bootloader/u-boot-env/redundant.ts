import { EnvError, quoted } from './errors.ts';
import { createEnv, type EnvImage, MAX_SIZE, MIN_SIZE, type Padding, parseEnv, serializeEnv } from './image.ts';
import { type Changes, sameVars, withVars } from './vars.ts';

/**
 * Two images of one size, one after the other, both with a flag byte that counts generations. The newer valid one counts;
 * a change is written over the other one, so that a torn write leaves the old content readable.
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
}

/** snapd's size of one copy. */
export const REDUNDANT_SIZE = 8192;

/**
 * Whether a copy with flag `a` is at least as new as one with flag `b`: their difference as a signed byte is not negative.
 * U-Boot and libubootenv compare otherwise, but agree as long as the flags differ by one, which every writer sees to.
 */
export function isNewerFlag(a: number, b: number): boolean {
  return ((a - b) << 24) >> 24 >= 0;
}

function attempt(bytes: Uint8Array, name: string): EnvImage | EnvError {
  try {
    return parseEnv(bytes, { flavour: 'flag', name });
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
  { size = REDUNDANT_SIZE, name }: { readonly size?: number; readonly name?: string | undefined } = {},
): RedundantEnv {
  const what = `redundant environment${name === undefined ? '' : ` ${quoted(name)}`}`;
  if (size > MAX_SIZE) throw new EnvError('too-large', `cannot open ${what}: a copy has at most ${MAX_SIZE} bytes`);
  if (!(size >= MIN_SIZE))
    throw new EnvError('too-small', `cannot open ${what}: a copy has at least ${MIN_SIZE} bytes`);
  if (bytes.length < 2 * size) {
    const lengths = `${bytes.length} bytes, two copies need ${2 * size}`;
    const message = `cannot open ${what}: redundant environment device too small or unreadable (${lengths})`;
    throw new EnvError('too-small', message);
  }
  const first = attempt(bytes.subarray(0, size), `${name ?? 'environment'} copy 1`);
  const second = attempt(bytes.subarray(size, 2 * size), `${name ?? 'environment'} copy 2`);
  if (first instanceof EnvError) {
    if (!(second instanceof EnvError)) return { image: second, active: 1, damaged: first };
    throw new EnvError('both-invalid', `cannot open ${what}: both copies invalid: ${first.message}; ${second.message}`);
  }
  if (second instanceof EnvError) return { image: first, active: 0, damaged: second };
  return isNewerFlag(first.flag, second.flag)
    ? { image: first, active: 0, damaged: undefined }
    : { image: second, active: 1, damaged: undefined };
}

/** Either nothing to write, or one copy to write: `bytes` at byte `offset`, durable before anything else happens. */
export type RedundantUpdate =
  | { readonly changed: false; readonly env: RedundantEnv }
  | {
      readonly changed: true;
      readonly env: RedundantEnv;
      readonly copy: Copy;
      readonly offset: number;
      readonly bytes: Uint8Array;
    };

export interface RedundantUpdateOptions {
  readonly padding?: Padding;
  /** Write even where nothing changes: brings a damaged copy back, so that the next torn write does no harm either. */
  readonly force?: boolean;
}

/**
 * A change to a pair: the inactive copy gets the new content and the next flag; the active one is never touched.
 * @throws EnvError `bad-name`, `bad-value`, `overflow`
 */
export function updateRedundant(
  env: RedundantEnv,
  changes: Changes,
  { padding = 0xff, force = false }: RedundantUpdateOptions = {},
): RedundantUpdate {
  const image: EnvImage = { ...withVars(env.image, changes), flag: (env.image.flag + 1) & 0xff };
  if (sameVars(env.image, changes) && !force) return { changed: false, env };
  const copy: Copy = env.active === 0 ? 1 : 0;
  const bytes = serializeEnv(image, { padding });
  // The copy that was active stays as it was, so after the write both are valid.
  return { changed: true, env: { image, active: copy, damaged: undefined }, copy, offset: copy * image.size, bytes };
}

/**
 * The bytes of a new pair, both copies with the same content; the first one counts (flags 2 and 1, as snapd leaves them).
 * @throws EnvError `too-small`, `too-large`, `bad-name`, `bad-value`, `overflow`
 */
export function createRedundant({
  size = REDUNDANT_SIZE,
  vars = {},
  padding = 0xff,
}: {
  readonly size?: number;
  readonly vars?: Changes;
  readonly padding?: Padding;
} = {}): Uint8Array {
  const image = withVars(createEnv({ size, flavour: 'flag' }), vars);
  const bytes = new Uint8Array(2 * size);
  bytes.set(serializeEnv({ ...image, flag: 2 }, { padding }), 0);
  bytes.set(serializeEnv({ ...image, flag: 1 }, { padding }), size);
  return bytes;
}
