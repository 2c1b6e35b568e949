/** Changes and tasks as rows of the database, and what of them has to be written where they have moved. */
import type { SqlValue, Writer } from '../system/database.ts';
import { Graph } from './graph.ts';
import type { Boundary, Change, Task, TaskStatus, WaitedStatus } from './model.ts';
import { lanesOf } from './plan.ts';

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

/**
 * What makes a graph of them, for the schema's migrations. Rows that an agent before this wrote have no `waits`: each task
 * waits for the one before it.
 */
export const graphColumns: readonly string[] = [
  'ALTER TABLE changes ADD COLUMN status TEXT',
  'ALTER TABLE changes ADD COLUMN clean INTEGER NOT NULL DEFAULT 1',
  "ALTER TABLE tasks ADD COLUMN data TEXT NOT NULL DEFAULT '{}'",
  'ALTER TABLE tasks ADD COLUMN waits TEXT',
  "ALTER TABLE tasks ADD COLUMN lanes TEXT NOT NULL DEFAULT '[]'",
  'ALTER TABLE tasks ADD COLUMN boundary TEXT',
  'ALTER TABLE tasks ADD COLUMN waited TEXT',
  'ALTER TABLE tasks ADD COLUMN at_time TEXT',
  'ALTER TABLE tasks ADD COLUMN clean INTEGER NOT NULL DEFAULT 1',
];

export interface ChangeRow {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  readonly status: TaskStatus | null;
  readonly data: string;
  readonly clean: number;
  readonly spawn_time: string;
  readonly ready_time: string | null;
}

export interface TaskRow {
  readonly id: number;
  readonly change: number;
  readonly kind: string;
  readonly summary: string;
  readonly status: TaskStatus;
  readonly waited: WaitedStatus | null;
  readonly data: string;
  readonly waits: string | null;
  readonly lanes: string;
  readonly boundary: Boundary | null;
  readonly at_time: string | null;
  readonly clean: number;
  readonly log: string;
  readonly spawn_time: string;
  readonly ready_time: string | null;
}

/** @param rows the tasks of the change, by id */
export function changeOfRows(row: ChangeRow, rows: readonly TaskRow[]): Change {
  const tasks = rows.map((task, at) => taskOfRow(task, rows[at - 1]?.id));
  return {
    id: row.id,
    kind: row.kind,
    summary: row.summary,
    explicit: row.status ?? undefined,
    data: object(row.data),
    tasks,
    graph: new Graph(tasks),
    clean: row.clean !== 0,
    spawnTime: row.spawn_time,
    readyTime: row.ready_time ?? undefined,
  };
}

function taskOfRow(row: TaskRow, previous: number | undefined): Task {
  const before = previous === undefined ? [] : [previous];
  return {
    id: row.id,
    kind: row.kind,
    summary: row.summary,
    status: row.status,
    waited: row.waited ?? undefined,
    data: object(row.data),
    // What does not stand before it could wait for it in turn, and nothing would ever run.
    waits:
      row.waits === null
        ? before
        : list(row.waits)
            .map(Number)
            .filter((id) => id < row.id),
    lanes: lanesOf(list(row.lanes).map(Number)),
    boundary: row.boundary ?? undefined,
    atTime: row.at_time ?? undefined,
    clean: row.clean !== 0,
    log: list(row.log).map(String),
    progress: { label: '', done: row.status === 'Do' ? 0 : 1, total: 1 },
    spawnTime: row.spawn_time,
    readyTime: row.ready_time ?? undefined,
  };
}

function list(json: string): readonly unknown[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value : [];
}

function object(json: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What moves in a row. */
type Columns = Readonly<Record<string, SqlValue>>;

function changeColumns(change: Change): Columns {
  return {
    data: JSON.stringify(change.data),
    status: change.explicit ?? null,
    clean: Number(change.clean),
    ready_time: change.readyTime ?? null,
  };
}

function taskColumns(task: Task): Columns {
  return {
    status: task.status,
    waited: task.waited ?? null,
    data: JSON.stringify(task.data),
    at_time: task.atTime ?? null,
    clean: Number(task.clean),
    log: JSON.stringify(task.log),
    ready_time: task.readyTime ?? null,
  };
}

/** Writes a change that is not in the database. */
export function insertChange(sql: Writer, change: Change): void {
  const { id, kind, summary, spawnTime } = change;
  insert(sql, 'changes', { id, kind, summary, spawn_time: spawnTime, ...changeColumns(change) });
  for (const task of change.tasks) {
    insert(sql, 'tasks', {
      id: task.id,
      change: id,
      kind: task.kind,
      summary: task.summary,
      waits: JSON.stringify(task.waits),
      lanes: JSON.stringify(task.lanes),
      boundary: task.boundary ?? null,
      spawn_time: task.spawnTime,
      ...taskColumns(task),
    });
  }
}

function insert(sql: Writer, table: string, columns: Columns): void {
  const names = Object.keys(columns);
  const marks = names.map(() => '?').join(', ');
  sql.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, ...Object.values(columns));
}

/** Writes what is other than it was. */
export function updateChange(sql: Writer, before: Change, now: Change): void {
  update(sql, 'changes', now.id, changeColumns(before), changeColumns(now));
  for (const [at, task] of now.tasks.entries()) {
    const known = before.tasks[at];
    if (known !== undefined && known !== task) update(sql, 'tasks', task.id, taskColumns(known), taskColumns(task));
  }
}

/** All columns or none, so that there is one statement for each table. */
function update(sql: Writer, table: string, id: number, before: Columns, now: Columns): void {
  if (!differ(before, now)) return;
  const names = Object.keys(now).map((name) => `${name} = ?`);
  sql.run(`UPDATE ${table} SET ${names.join(', ')} WHERE id = ?`, ...Object.values(now), id);
}

/** True where writing would change anything. */
export function isMoved(before: Change, now: Change): boolean {
  if (before === now) return false;
  const isTaskMoved = (task: Task, at: number) => {
    const known = before.tasks[at];
    return known !== task && (known === undefined || differ(taskColumns(known), taskColumns(task)));
  };
  return differ(changeColumns(before), changeColumns(now)) || now.tasks.some(isTaskMoved);
}

function differ(before: Columns, now: Columns): boolean {
  return Object.entries(now).some(([name, value]) => before[name] !== value);
}
