/**
 * What to open after a start, decided from the files as they are on the medium. Pure.
 *
 * It rests on the order in which checkpoints are taken (database-checkpoint-session.ts): the newest checkpoint and the log that
 * belongs to it are all that there is, and outside of the pages in the log the file is equal to that checkpoint. So damage to
 * the file is found bit by bit, and costs nothing; damage to the log costs what is behind it; damage to a checkpoint costs
 * nothing while the others are whole.
 */
import { type Checkpoint, checkpointNames } from './database-checkpoint.ts';
import { type LogPicture, readLog } from './database-log.ts';

/** A file's content; `undefined` where there is no such file. */
export type Content = Uint8Array | undefined;

export interface Found {
  readonly file: Content;
  readonly log: Content;
  /** In the order of `checkpointNames`. */
  readonly checkpoints: readonly (Checkpoint | 'damaged' | undefined)[];
}

/** A way to a database, and what is lost on it: empty for nothing. */
export interface Way {
  readonly kind: 'as-it-is' | 'checkpoint' | 'new';
  /** What to put in the file's place. */
  readonly image?: Uint8Array;
  /** The log stays, to be applied to it. */
  readonly withLog: boolean;
  readonly lost: readonly string[];
}

export interface NewestCheckpoint {
  /** 0 where there is none that is whole. */
  readonly sequence: number;
  /** There is nothing that it has not got. */
  readonly isCurrent: boolean;
}

export interface Judgement {
  /** The best one first; the next one where SQLite finds that one damaged. The last is always a new database. */
  readonly ways: readonly Way[];
  /** What is damaged, a clause each. */
  readonly damage: readonly string[];
  readonly newestCheckpoint: NewestCheckpoint;
}

export function judge(found: Found): Judgement {
  const whole = found.checkpoints
    .filter((one) => typeof one === 'object')
    .sort((one, other) => other.sequence - one.sequence);
  const [newest, older] = whole;
  const log = found.log === undefined ? undefined : readLog(found.log);
  const best = newest === undefined ? withoutCheckpoint(found, log) : withCheckpoint(found, log, newest);
  const ways: Way[] = [...best.ways];
  for (const one of [newest, older]) {
    if (one === undefined || ways.some(({ image, withLog }) => image === one.image && !withLog)) continue;
    ways.push({ kind: 'checkpoint', image: one.image, withLog: false, lost: [since(one)] });
  }
  const isFresh = newest === undefined && best.ways.length === 0 && best.damage.length === 0;
  const everything = ['all that was asked of this device before, and how far it got'];
  ways.push({ kind: 'new', withLog: false, lost: isFresh && damagedNames(found).length === 0 ? [] : everything });
  // The one page is what the log started over with.
  const isCurrent = newest !== undefined && log?.salt === (newest.logSalt + 1) >>> 0 && log.frames <= 1;
  return {
    ways,
    damage: [...best.damage, ...damagedNames(found), ...missing(found)],
    newestCheckpoint: { sequence: newest?.sequence ?? 0, isCurrent },
  };
}

interface Best {
  readonly ways: readonly Way[];
  readonly damage: readonly string[];
}

const asItIs = (lost: readonly string[]): Way => ({ kind: 'as-it-is', withLog: true, lost });

function since({ time }: Checkpoint): string {
  return `what was done after the checkpoint of ${time}`;
}

function withCheckpoint(found: Found, log: LogPicture | undefined, newest: Checkpoint): Best {
  if (log === undefined) return withoutLog(found, newest);
  const isSame = log.salt === newest.logSalt;
  const torn = tornLog(log);
  if (!isSame && log.salt !== (newest.logSalt + 1) >>> 0) {
    // Taken since then, or another program has folded the log in: only SQLite can look through the file now.
    const damage = [...fileGone(found.file), ...torn.damage];
    return { ways: fileGone(found.file).length > 0 ? [] : [asItIs(torn.lost)], damage };
  }
  if (isSame && log.frames < newest.logFrames) {
    // Some of what is folded into the file already cannot be read in the log: the two do not fit together any more.
    const damage = `the log is damaged before what is in the newest checkpoint (page ${log.frames + 1} of it)`;
    return { ways: [], damage: [damage] };
  }
  const differing = fileGone(found.file).length > 0 ? fileGone(found.file) : differences(found.file, newest, log);
  const onCheckpoint: Way = { kind: 'checkpoint', image: newest.image, withLog: true, lost: torn.lost };
  return {
    ways: [differing.length > 0 ? onCheckpoint : asItIs(torn.lost)],
    damage: [...differing, ...torn.damage],
  };
}

/** Everything since the newest checkpoint was in the log. */
function withoutLog(found: Found, newest: Checkpoint): Best {
  const damage = logGone(found.log);
  const gone = fileGone(found.file);
  const { file } = found;
  if (file === undefined || gone.length > 0) return { ways: [], damage: [...gone, ...damage] };
  const isNewer = changeCounter(file) > changeCounter(newest.image);
  const isPart = differentPages(file, newest.image, 4096, () => false).length === 0;
  // A file that is newer than any checkpoint has had the log folded in by somebody; SQLite's own tool does that.
  const lost = isNewer ? ['what was done last, unless another program has folded the log in'] : [since(newest)];
  return { ways: isNewer || isPart ? [asItIs(lost)] : [], damage };
}

/** A new device has neither file nor log; one that was cut off when its database was made has an empty file. */
function withoutCheckpoint(found: Found, log: LogPicture | undefined): Best {
  const torn = log === undefined ? { lost: [], damage: [] } : tornLog(log);
  const gone = fileGone(found.file);
  if (gone.length === 0) return { ways: [asItIs(torn.lost)], damage: torn.damage };
  return { ways: [], damage: found.log === undefined ? [] : [...gone, ...torn.damage] };
}

function tornLog(log: LogPicture): { readonly lost: string[]; readonly damage: string[] } {
  // A commit that was being written when the power went ends nowhere.
  if (log.unusable === 0) return { lost: [], damage: [] };
  const commits = log.unusable === 1 ? 'the last commit' : `the last ${log.unusable} commits`;
  return { lost: [`${commits} before the start`], damage: [`the log is damaged after page ${log.frames} of it`] };
}

function fileGone(file: Content): string[] {
  if (file === undefined) return ['the file is missing'];
  return file.length === 0 ? ['the file is empty'] : [];
}

function logGone(log: Content): string[] {
  if (log === undefined) return ['the log is missing'];
  return [log.length === 0 ? 'the log is empty' : 'the head of the log is damaged'];
}

function damagedNames(found: Found): string[] {
  return checkpointNames.flatMap((name, at) =>
    found.checkpoints[at] === 'damaged' ? [`checkpoint ${name} is damaged`] : [],
  );
}

/** From the second one on there are always two. */
function missing(found: Found): string[] {
  const isExpected = found.checkpoints.some((one) => typeof one === 'object' && one.sequence > 1);
  return checkpointNames.flatMap((name, at) =>
    isExpected && found.checkpoints[at] === undefined ? [`checkpoint ${name} is missing`] : [],
  );
}

/**
 * What in the file cannot be explained. A page that is in the log may be as it was before, or as any of the log's frames has
 * it; how it was before is known only where the log has started over since the checkpoint.
 */
function differences(file: Content, newest: Checkpoint, log: LogPicture): string[] {
  const isKnown = log.salt !== newest.logSalt;
  const explains = (page: number, content: Uint8Array) =>
    log.pages.has(page) &&
    (!isKnown || log.claimed.some((frame) => frame.page === page && isEqual(frame.content, content)));
  const pages = differentPages(file ?? new Uint8Array(), newest.image, log.pageBytes, explains);
  if (pages.length === 0) return [];
  const all = Math.ceil(newest.image.length / log.pageBytes);
  return [`the file is damaged: page ${pages.slice(0, 5).join(', ')}${pages.length > 5 ? ' ...' : ''} of ${all}`];
}

/** The pages of `file` that are not those of `image`, where nothing explains that. */
function differentPages(
  file: Uint8Array,
  image: Uint8Array,
  pageBytes: number,
  explains: (page: number, content: Uint8Array) => boolean,
): number[] {
  const pages: number[] = [];
  for (let page = 1; (page - 1) * pageBytes < image.length; page++) {
    const [from, to] = [(page - 1) * pageBytes, page * pageBytes];
    const content = file.subarray(from, to);
    if (!isEqual(content, image.subarray(from, to)) && !explains(page, content)) pages.push(page);
  }
  return pages;
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Counts up with each commit that touches the first page, as the one does that starts the log over. */
function changeCounter(file: Uint8Array): number {
  return file.length < 28 ? 0 : new DataView(file.buffer, file.byteOffset).getUint32(24);
}
