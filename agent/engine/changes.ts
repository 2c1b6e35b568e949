/**
 * The changes of this device: in the database, and those that are not over also here, as far as they have got. What has moved
 * is written by `commit`, all of it at once; each commit has a name, for tests that cut the power there.
 */
import type { Database, Writer } from '../system/database.ts';
import { type Change, isReady, type Progress, type Task } from './model.ts';
import { stamped } from './outcome.ts';
import { type ChangePlan, changeOf } from './plan.ts';
import type { PruneChange } from './prune.ts';
import { type ChangeRow, changeOfRows, insertChange, isMoved, type TaskRow, updateChange } from './rows.ts';
import { Turns } from './turns.ts';

interface Entry {
  /** As it is in the database; `undefined` before it is there. */
  readonly saved: Change | undefined;
  readonly now: Change;
}

/** What has been put and not written, to go back to. */
export type Mark = ReadonlyMap<number, Entry>;

export class Changes {
  readonly #db: Database;
  readonly #now: () => Date;
  readonly #turns = new Turns();
  /** What is not over, or not cleaned up. */
  #entries: Map<number, Entry> | undefined;
  /** Progress lives in memory only: it is not worth a write, and after a restart the task starts over. */
  readonly #progress = new Map<number, Progress>();

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** As it was last written. */
  get(id: number): Change | undefined {
    const change = this.#live.get(id)?.saved ?? this.#read(id);
    return change === undefined ? undefined : this.#shown(change);
  }

  /** All changes, the oldest first. */
  list(): Change[] {
    const tasks = Map.groupBy(this.#db.all<TaskRow>('SELECT * FROM tasks ORDER BY id'), ({ change }) => change);
    const rows = this.#db.all<ChangeRow>('SELECT * FROM changes ORDER BY id');
    return rows.map((row) => this.#shown(changeOfRows(row, tasks.get(row.id) ?? [])));
  }

  /** Changes that are not over, the oldest first; also one that is just being recorded. */
  open(): Change[] {
    const changes = [...this.#live.values()].map(({ saved, now }) => saved ?? now);
    return changes.filter(({ readyTime }) => readyTime === undefined).map((change) => this.#shown(change));
  }

  /** How far a running task has come; not durable. */
  report(task: number, progress: Progress): void {
    this.#progress.set(task, progress);
  }

  /** Runs `work` when all that was begun before it is over: what it decides on does not move meanwhile. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  /** As it is now, written or not. */
  current(id: number): Change | undefined {
    return this.#live.get(id)?.now ?? this.#read(id);
  }

  /** In a turn: makes a change of a plan, to be written by the next commit. @throws EngineError `bad-plan` */
  draft(plan: ChangePlan): Change {
    const change = changeOf(plan, this.#lastId('changes') + 1, this.#lastId('tasks') + 1, this.time());
    this.#live.set(change.id, { saved: undefined, now: change });
    return change;
  }

  /** In a turn: a change has moved. It is written by the next commit. */
  put(change: Change): void {
    const entry = this.#live.get(change.id) ?? { saved: this.#read(change.id), now: undefined };
    if (entry.now !== change) this.#live.set(change.id, { saved: entry.saved, now: stamped(change, this.time()) });
  }

  /** In a turn: is there anything that the next commit would write of this change? */
  hasMoved(id: number): boolean {
    const entry = this.#live.get(id);
    return entry !== undefined && (entry.saved === undefined || isMoved(entry.saved, entry.now));
  }

  /** In a turn: is there anything that the next commit would write? */
  anyMoved(): boolean {
    return [...this.#live.keys()].some((id) => this.hasMoved(id));
  }

  mark(): Mark {
    return new Map(this.#live);
  }

  /** In a turn: what was put since then was not. Nothing may have been written meanwhile. */
  goBack(mark: Mark): void {
    this.#entries = new Map(mark);
  }

  /** In a turn: forgets all that was not written; what the database has is what counts. */
  reload(): void {
    this.#entries = undefined;
  }

  /**
   * In a turn: writes all that has moved, and what `work` writes, as one commit. Where that fails, nothing has moved here, and
   * what is in the database is to be read again. @throws DatabaseError, and what `work` throws
   */
  async commit(name: string, work: (sql: Writer) => void = () => {}): Promise<void> {
    const moved = [...this.#live.values()].filter(({ now }) => this.hasMoved(now.id));
    await this.#write(name, (sql) => {
      work(sql);
      for (const { saved, now } of moved) {
        if (saved === undefined) insertChange(sql, now);
        else updateChange(sql, saved, now);
      }
    });
    for (const { now } of moved) {
      if (now.readyTime !== undefined && now.clean) this.#live.delete(now.id);
      else this.#live.set(now.id, { saved: now, now });
      for (const task of now.tasks) if (isReady(task.status)) this.#progress.delete(task.id);
    }
  }

  /** In a turn: removes changes with their tasks, in one commit. */
  async drop(ids: readonly number[]): Promise<void> {
    await this.#write('prune', (sql) => {
      for (const id of ids) sql.run('DELETE FROM changes WHERE id = ?', id);
    });
    for (const id of ids) this.#live.delete(id);
  }

  /** What pruning looks at. */
  ages(): PruneChange[] {
    const rows = this.#db.all<Pick<ChangeRow, 'id' | 'spawn_time' | 'ready_time'> & { readonly filled: number }>(
      'SELECT id, spawn_time, ready_time, EXISTS (SELECT 1 FROM tasks WHERE change = changes.id) AS filled FROM changes',
    );
    return rows.map(({ id, spawn_time, ready_time, filled }) => {
      return { id, spawnTime: spawn_time, readyTime: ready_time ?? undefined, isEmpty: filled === 0 };
    });
  }

  /** What is over and not cleaned up. */
  unclean(): number[] {
    return [...this.#live.values()].flatMap(({ now }) => (now.readyTime === undefined ? [] : [now.id]));
  }

  /** Changes, over or not, that have this key in their data. */
  withData(key: string): Change[] {
    const rows = this.#db.all<ChangeRow>('SELECT * FROM changes WHERE instr(data, ?) ORDER BY id', JSON.stringify(key));
    return rows.map((row) => changeOfRows(row, this.#tasks(row.id))).filter(({ data }) => data[key] !== undefined);
  }

  /** RFC 3339. */
  time(): string {
    return this.#now().toISOString();
  }

  /** The one place where changes are written. */
  #write(name: string, work: (sql: Writer) => void): Promise<void> {
    return this.#db.commit(`change: ${name}`, work);
  }

  get #live(): Map<number, Entry> {
    if (this.#entries === undefined) {
      const rows = this.#db.all<ChangeRow>('SELECT * FROM changes WHERE ready_time IS NULL OR clean = 0 ORDER BY id');
      const changes = rows.map((row) => changeOfRows(row, this.#tasks(row.id)));
      this.#entries = new Map(changes.map((change) => [change.id, { saved: change, now: change }]));
    }
    return this.#entries;
  }

  #read(id: number): Change | undefined {
    const row = this.#db.get<ChangeRow>('SELECT * FROM changes WHERE id = ?', id);
    return row === undefined ? undefined : changeOfRows(row, this.#tasks(id));
  }

  #tasks(change: number): TaskRow[] {
    return this.#db.all<TaskRow>('SELECT * FROM tasks WHERE change = ? ORDER BY id', change);
  }

  /** An id is never given twice, also after the newest change is forgotten. */
  #lastId(table: 'changes' | 'tasks'): number {
    return this.#db.get<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', table)?.seq ?? 0;
  }

  #shown(change: Change): Change {
    return { ...change, tasks: change.tasks.map((task) => ({ ...task, progress: this.#progressOf(task) })) };
  }

  #progressOf(task: Task): Progress {
    return this.#progress.get(task.id) ?? { label: '', done: task.status === 'Do' ? 0 : 1, total: 1 };
  }
}
