/**
 * The state database: opened, made whole, or made. It says what was asked for and how far it got; what boots is in the
 * environment, so a device whose database is lost still boots and recovers, and this says what was lost.
 */
import { dirname } from 'node:path';
import { type Database, type DatabaseOptions, openDatabase } from '../system/database.ts';
import { type Checkpoint, checkpointNames, checkpointPath, readCheckpoint } from '../system/database-checkpoint.ts';
import { DatabaseError } from '../system/database-error.ts';
import { type Content, type Found, judge, type NewestCheckpoint, type Way } from '../system/database-judge.ts';
import type { Disk } from '../system/disk.ts';
import { lostChanges } from './open-state-salvage.ts';
import { migrations } from './schema.ts';

/** What was wrong with the state, for the log of trials. */
export interface StateDamage {
  readonly what: 'state-restored' | 'state-rebuilt';
  /** One sentence for people. */
  readonly message: string;
  /** What was damaged, and what is known of what was lost; one line each. */
  readonly evidence: readonly string[];
}

export interface OpenState {
  readonly database: Database;
  readonly damage: StateDamage | undefined;
  /** It was made: there was none, or none that could be used. */
  readonly isNew: boolean;
  readonly newestCheckpoint: NewestCheckpoint;
  /** The damage is written down elsewhere: it need not be told at the next start. */
  forgetDamage(): Promise<void>;
}

/** Far more than the state of a device; a file beyond that is taken for damaged. */
const maxBytes = 256 * 2 ** 20;

/**
 * Opens the database at `path`, and makes it whole where it is damaged. What was there is kept as `<file>.damaged`, with its log.
 * @throws DatabaseError, DiskError where the medium, or another process, is the reason; nothing is changed then
 */
export async function openState(disk: Disk, path: string, options: DatabaseOptions): Promise<OpenState> {
  await disk.mkdir(dirname(path));
  // What a cut has left of a checkpoint is as large as the state. What cannot go now goes at a later start.
  await disk.sweep(dirname(path)).catch(() => []);
  const story = `${path}.lost`;
  const found = await look(disk, path);
  const { ways, damage, newestCheckpoint } = judge(found);
  const before = await told(disk, story);
  const seen = [...damage];
  for (const [at, way] of ways.entries()) {
    const isBad = seen.length > 0 || way.lost.length > 0;
    const damage = isBad ? tale(way, seen, before) : before;
    // First of all: were the power to go in between, the next start would find a database without a fault.
    if (isBad) await disk.replace(story, Buffer.from(JSON.stringify(damage)));
    if (way.lost.length > 0 || (isBad && way.kind !== 'as-it-is')) await setAside(disk, path, found);
    await arrange(disk, path, way);
    try {
      const database = await openMigrated(path, options);
      const changes = damage === undefined || way.lost.length === 0 ? [] : await changesOf(found, database, options);
      return {
        database,
        damage: damage && { ...damage, evidence: [...damage.evidence, ...changes] },
        isNew: way.kind === 'new',
        newestCheckpoint: { ...newestCheckpoint, isCurrent: newestCheckpoint.isCurrent && !isBad },
        forgetDamage: async () => {
          await removeUseless(disk, path, found);
          await disk.remove(story);
        },
      };
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== 'corrupt' || at === ways.length - 1) throw error;
      seen.push(error.message);
    }
  }
  throw new Error('cannot open the state: there is no way to it');
}

/** The files as the medium has them. No connection may be open: reading beside one would undo its locks. */
async function look(disk: Disk, path: string): Promise<Found> {
  const checkpoints = await Promise.all(
    checkpointNames.map(async (name): Promise<Checkpoint | 'damaged' | undefined> => {
      const bytes = await read(disk, checkpointPath(path, name));
      return bytes === undefined ? undefined : (readCheckpoint(bytes) ?? 'damaged');
    }),
  );
  return { file: await read(disk, path), log: await read(disk, `${path}-wal`), checkpoints };
}

async function read(disk: Disk, path: string): Promise<Content> {
  return (await disk.stat(path)) === undefined ? undefined : await disk.readFile(path, { maxBytes });
}

/** Keeps what is damaged, in the place of what was kept before. */
async function setAside(disk: Disk, path: string, { file, log }: Found): Promise<void> {
  for (const [content, suffix] of [
    [file, ''],
    [log, '-wal'],
  ] as const) {
    if (content === undefined) await disk.remove(`${path}.damaged${suffix}`);
    else await disk.replace(`${path}.damaged${suffix}`, content, { mode: 0o600 });
  }
}

/** One damaged checkpoint is replaced by the next one; of two the second would still be there, and be found at each start. */
async function removeUseless(disk: Disk, path: string, { checkpoints }: Found): Promise<void> {
  if (!checkpoints.every((one) => one === 'damaged')) return;
  for (const name of checkpointNames) await disk.remove(checkpointPath(path, name));
}

/** The file first: beside the right file a wrong log is found out, beside a wrong file a missing one is not. */
async function arrange(disk: Disk, path: string, way: Way): Promise<void> {
  if (way.image !== undefined) await disk.replace(path, way.image, { verify: true });
  if (way.kind === 'new') await disk.remove(path);
  if (!way.withLog) await disk.remove(`${path}-wal`);
}

async function openMigrated(path: string, options: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(path, options);
  try {
    database.migrate(migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** The changes that are lost, from whatever is left that knows them. */
async function changesOf(found: Found, database: Database, options: DatabaseOptions): Promise<string[]> {
  const images = found.checkpoints.filter((one) => typeof one === 'object').map(({ image }) => image);
  const lines = new Set<string>();
  for (const image of [found.file, ...images]) {
    if (image === undefined || image.length === 0) continue;
    for (const line of await lostChanges(image, found.log, database, options.nativeBinding)) lines.add(line);
  }
  return [...lines];
}

function tale({ kind, lost }: Way, seen: readonly string[], before: StateDamage | undefined): StateDamage {
  const evidence = [...new Set([...(before?.evidence ?? []), ...seen, ...lost.map((one) => `lost: ${one}`)])];
  if (kind === 'new' || before?.what === 'state-rebuilt') {
    const message = 'the state could not be read and was made again from the files and the boot environment';
    return { what: 'state-rebuilt', message, evidence };
  }
  const isLoss = evidence.some((line) => line.startsWith('lost: '));
  const message = isLoss
    ? 'the state was damaged and is older now than it was'
    : 'the state was damaged and is whole again; nothing is lost';
  return { what: 'state-restored', message, evidence };
}

/** What an earlier start found, and could not write down anywhere else. */
async function told(disk: Disk, story: string): Promise<StateDamage | undefined> {
  const bytes = await read(disk, story);
  if (bytes === undefined) return undefined;
  try {
    const { what, message, evidence } = JSON.parse(Buffer.from(bytes).toString()) as StateDamage;
    if (!Array.isArray(evidence)) return undefined;
    return {
      what: what === 'state-rebuilt' ? what : 'state-restored',
      message: String(message),
      evidence: evidence.map(String),
    };
  } catch {
    return undefined;
  }
}
