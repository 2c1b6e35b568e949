/**
 * Takes checkpoints of the database: when it is asked to, which is after a finished change, and when the log has grown. Two
 * files in turns, so that a good one is there while the other is written.
 */
import type { Database } from './database.ts';
import { placeOf } from './database-checkpoint.ts';
import type { CheckpointAnswer, CheckpointOrder, CheckpointSaid } from './database-checkpoint-session.ts';
import { DatabaseError } from './database-error.ts';
import type { NewestCheckpoint } from './database-judge.ts';
import type { ConnectionOptions } from './database-sqlite.ts';
import type { Disk } from './disk.ts';
import { DiskError } from './disk-error.ts';
import type { Talk } from './worker-talk.ts';
import { talkTo } from './workers.ts';

export interface CheckpointsPorts {
  readonly database: Database;
  readonly disk: Pick<Disk, 'replace' | 'remove'>;
  /** As the database was opened with. */
  readonly options: ConnectionOptions;
  now(): Date;
  say(text: string): void;
}

/** How large the log gets before it is folded in, bytes: SQLite's own measure. */
const usualLogBytes = 4 * 2 ** 20;
/** Times that size, and commits wait until it is folded in. */
const waitingFactor = 2;
/** Times that size, and the older checkpoint is given up for the room that the next one needs. */
const pressingFactor = 4;

export class Checkpoints {
  readonly #ports: CheckpointsPorts;
  readonly #logBytes: number;
  #sequence: number;
  /** Commits of the database that the newest checkpoint has; -1 where nobody knows. */
  #taken = -1;
  /** Bytes of the log from which on it asks by itself. */
  #dueBytes: number;
  #working: Promise<void> | undefined;
  #isHolding = false;
  #isWanted = false;
  #isOver = false;

  constructor(ports: CheckpointsPorts, newest: NewestCheckpoint, logBytes: number = usualLogBytes) {
    this.#ports = ports;
    this.#sequence = newest.sequence;
    if (newest.isCurrent && ports.database.commits === 0) this.#taken = 0;
    this.#logBytes = logBytes;
    this.#dueBytes = logBytes;
    ports.database.watch((bytes) => this.#watch(bytes));
  }

  /** Says that this is a good moment for a checkpoint. One is taken in the background, unless nothing was committed since. */
  request(): void {
    if (this.#isOver) return;
    this.#isWanted = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when no checkpoint is being taken. */
  async idle(): Promise<void> {
    await this.#working;
  }

  /** No more of them; resolves when the one that is being taken is over. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  #watch(bytes: number): void {
    if (bytes <= this.#dueBytes) return;
    this.request();
    if (bytes <= waitingFactor * this.#logBytes || this.#isHolding) return;
    this.#isHolding = true;
    void this.#ports.database
      .holding(() => this.idle())
      .finally(() => {
        this.#isHolding = false;
      });
  }

  async #work(): Promise<void> {
    while (this.#isWanted && !this.#isOver) {
      this.#isWanted = false;
      const { database, say } = this.#ports;
      const { commits } = database;
      if (commits === this.#taken) continue;
      try {
        await database.beside(() => this.#take());
        this.#taken = commits;
        this.#dueBytes = this.#logBytes;
      } catch (error) {
        // It is tried again at the next good moment, or when the log has grown as much again.
        this.#dueBytes += this.#logBytes;
        say(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #take(): Promise<void> {
    const { database, options, now } = this.#ports;
    const { nativeBinding, busyTimeoutMs } = options;
    const talk = talkTo('checkpoint');
    try {
      talk.say({
        path: database.path,
        options: {
          ...(nativeBinding === undefined ? {} : { nativeBinding }),
          ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }),
        },
        sequence: this.#sequence + 1,
        time: now().toISOString(),
        logBytes: this.#logBytes,
      } satisfies CheckpointOrder);
      await this.#write(talk);
      await heard(talk, 'folded');
      // The log must not start over while a commit waits for it to reach the medium: their place in it is all they know.
      await database.holding(async () => {
        await database.settled();
        talk.say('restart' satisfies CheckpointAnswer);
        await heard(talk, 'over');
      });
    } finally {
      // The other side hangs up when it has closed its connections.
      talk.say('stop' satisfies CheckpointAnswer);
      await talk.over;
    }
  }

  async #write(talk: Talk): Promise<void> {
    const { database, disk } = this.#ports;
    const { file } = await heard(talk, 'copy');
    if (this.#isOver)
      throw new DatabaseError('misuse', 'take a checkpoint', { detail: 'the database is being closed' });
    const sequence = this.#sequence + 1;
    const place = placeOf(database.path, sequence);
    const write = () => disk.replace(place, file, { mode: 0o600, verify: true });
    // The copy has what is committed; it must not be on the medium before the log has that.
    await database.settled();
    await write().catch(async (error: unknown) => {
      const isPressing = database.logBytes > pressingFactor * this.#logBytes;
      if (!isPressing || !(error instanceof DiskError) || error.code !== 'no-space') throw error;
      await disk.remove(place);
      await write();
    });
    this.#sequence = sequence;
    talk.say('written' satisfies CheckpointAnswer);
  }
}

async function heard<K extends CheckpointSaid['kind']>(talk: Talk, kind: K): Promise<CheckpointSaid & { kind: K }> {
  const said = (await talk.hear()) as CheckpointSaid;
  if (said.kind === 'failed') {
    throw new DatabaseError(said.code, 'take a checkpoint of the database', { detail: said.message });
  }
  if (said.kind !== kind) throw new DatabaseError('misuse', `go on with a checkpoint after ${said.kind}`);
  return said as CheckpointSaid & { kind: K };
}
