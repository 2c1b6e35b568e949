/** For tests: changes and a runner on a database of their own, that can be stopped and started again on the same file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '../system/clock-fake.ts';
import { type Database, openDatabase } from '../system/database.ts';
import type { WriteWitness } from '../system/durable.ts';
import { Changes } from './changes.ts';
import type { RunnerOptions } from './options.ts';
import { changesTables, graphColumns } from './rows.ts';
import { Runner } from './runner.ts';

export interface TestEngine {
  readonly database: Database;
  readonly changes: Changes;
  readonly runner: Runner;
  readonly clock: FakeClock;
  /** The names of the engine's commits so far. */
  readonly commits: readonly string[];
  readonly said: readonly string[];
}

export type EngineOptions = Partial<RunnerOptions> & { readonly onWrite?: WriteWitness };

interface Teardown {
  teardown(end: () => unknown): void;
}

/** Starts engines on one database, each in the place of the one before it, as a daemon that is killed and started again. */
export async function engines(t: Teardown): Promise<(options: EngineOptions) => Promise<TestEngine>> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-engine-'));
  const clock = new FakeClock({ monotonicMs: 1000, wallMs: Date.UTC(2026, 0, 1) });
  let last: Database | undefined;
  t.teardown(async () => {
    await last?.close();
    await rm(directory, { recursive: true });
  });
  return async ({ onWrite = () => {}, ...options }) => {
    await last?.close();
    const commits: string[] = [];
    const said: string[] = [];
    const witness: WriteWitness = (write, moment) => {
      if (moment === 'before') commits.push(write.path);
      onWrite(write, moment);
    };
    const database = await openDatabase(join(directory, 'db'), { onWrite: witness });
    last = database;
    database.migrate([
      { version: 1, statements: changesTables },
      { version: 2, statements: graphColumns },
    ]);
    commits.length = 0;
    const changes = new Changes(database, () => new Date(clock.wallMs()));
    const say = (text: string) => {
      said.push(text);
    };
    const runner = new Runner(changes, { handlers: {}, clock, bootId: 'boot-1', say, ...options });
    return { database, changes, runner, clock, commits, said };
  };
}

/** Starts one, on a database of its own. */
export async function engine(t: Teardown, options: EngineOptions): Promise<TestEngine> {
  return (await engines(t))(options);
}
