/** Changes and tasks in the database. Each method that writes is one commit, named for tests that cut the power there. */
import type { Database } from '../system/database.ts';
import { type Change, type ChangeData, isReady, type Progress, type Task, type TaskStatus } from './model.ts';

/** The tables, for the schema's migrations. */
export const changesTables: readonly string[] = [
  `CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, summary TEXT NOT NULL, data TEXT NOT NULL,
    spawn_time TEXT NOT NULL, ready_time TEXT
  )`,
  `CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, change INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, summary TEXT NOT NULL, status TEXT NOT NULL, log TEXT NOT NULL DEFAULT '[]',
    spawn_time TEXT NOT NULL, ready_time TEXT
  )`,
  'CREATE INDEX tasks_of_change ON tasks (change)',
];

/** Finished changes that are kept for whoever asks later. */
const keptChanges = 200;
const keptLogLines = 10;

export interface NewTask {
  readonly kind: string;
  readonly summary: string;
}

/** A step of a task's life, written in one commit with others. */
export interface TaskUpdate {
  readonly task: number;
  readonly status: TaskStatus;
  readonly log?: { readonly level: 'INFO' | 'ERROR'; readonly text: string };
}

interface ChangeRow {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  readonly data: string;
  readonly spawn_time: string;
  readonly ready_time: string | null;
}

interface TaskRow {
  readonly id: number;
  readonly change: number;
  readonly kind: string;
  readonly summary: string;
  readonly status: TaskStatus;
  readonly log: string;
  readonly spawn_time: string;
  readonly ready_time: string | null;
}

export class Changes {
  readonly #db: Database;
  readonly #now: () => Date;
  /** Progress lives in memory only: it is not worth a write, and after a restart the task starts over. */
  readonly #progress = new Map<number, Progress>();

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** Records a new change with all tasks in Do, and forgets the oldest finished ones. */
  create(kind: string, summary: string, data: ChangeData, tasks: readonly NewTask[]): Change {
    const id = this.#db.transaction('change: create', (sql) => {
      const time = this.#now().toISOString();
      const { lastId } = sql.run(
        'INSERT INTO changes (kind, summary, data, spawn_time) VALUES (?, ?, ?, ?)',
        kind,
        summary,
        JSON.stringify(data),
        time,
      );
      for (const task of tasks) {
        sql.run(
          `INSERT INTO tasks (change, kind, summary, status, spawn_time) VALUES (?, ?, ?, 'Do', ?)`,
          lastId,
          task.kind,
          task.summary,
          time,
        );
      }
      sql.run(
        `DELETE FROM changes WHERE ready_time IS NOT NULL AND id NOT IN (SELECT id FROM changes ORDER BY id DESC LIMIT ?)`,
        keptChanges,
      );
      return lastId;
    });
    return this.#known(id);
  }

  get(id: number): Change | undefined {
    const row = this.#db.get<ChangeRow>('SELECT * FROM changes WHERE id = ?', id);
    return row === undefined ? undefined : this.#change(row);
  }

  /** All changes, the oldest first. */
  list(): Change[] {
    return this.#db.all<ChangeRow>('SELECT * FROM changes ORDER BY id').map((row) => this.#change(row));
  }

  /** Changes that are not over, the oldest first. */
  open(): Change[] {
    return this.#db
      .all<ChangeRow>('SELECT * FROM changes WHERE ready_time IS NULL ORDER BY id')
      .map((row) => this.#change(row));
  }

  /** Moves tasks on, in one commit, and ends the change when all of them are ready. */
  update(id: number, name: string, updates: readonly TaskUpdate[], data?: ChangeData): Change {
    this.#db.transaction(`change: ${name}`, (sql) => {
      const time = this.#now().toISOString();
      for (const { task, status, log } of updates) {
        const row = sql.get<TaskRow>('SELECT * FROM tasks WHERE id = ? AND change = ?', task, id);
        if (row === undefined) throw new Error(`cannot move task ${task} on: change ${id} has no such task`);
        const lines = readLog(row.log);
        if (log !== undefined) lines.push(`${time} ${log.level} ${log.text}`);
        sql.run(
          'UPDATE tasks SET status = ?, log = ?, ready_time = ? WHERE id = ?',
          status,
          JSON.stringify(lines.slice(-keptLogLines)),
          isReady(status) ? (row.ready_time ?? time) : null,
          task,
        );
        if (isReady(status)) this.#progress.delete(task);
      }
      if (data !== undefined) sql.run('UPDATE changes SET data = ? WHERE id = ?', JSON.stringify(data), id);
      const isOver = this.#tasks(id).every((task) => isReady(task.status));
      sql.run('UPDATE changes SET ready_time = ? WHERE id = ?', isOver ? time : null, id);
    });
    return this.#known(id);
  }

  /** How far a running task has come; not durable. */
  report(task: number, progress: Progress): void {
    this.#progress.set(task, progress);
  }

  #known(id: number): Change {
    const change = this.get(id);
    if (change === undefined) throw new Error(`cannot find change ${id}`);
    return change;
  }

  #change(row: ChangeRow): Change {
    return {
      id: row.id,
      kind: row.kind,
      summary: row.summary,
      data: readData(row.data),
      tasks: this.#tasks(row.id),
      spawnTime: row.spawn_time,
      readyTime: row.ready_time ?? undefined,
    };
  }

  #tasks(change: number): Task[] {
    const rows = this.#db.all<TaskRow>('SELECT * FROM tasks WHERE change = ? ORDER BY id', change);
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      summary: row.summary,
      status: row.status,
      log: readLog(row.log),
      progress: this.#progress.get(row.id) ?? { label: '', done: row.status === 'Do' ? 0 : 1, total: 1 },
      spawnTime: row.spawn_time,
      readyTime: row.ready_time ?? undefined,
    }));
  }
}

function readLog(json: string): string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.map(String) : [];
}

function readData(json: string): ChangeData {
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
