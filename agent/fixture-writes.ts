/** For tests: what the tasks of a change really write, files and tables, task by task. */
import type { DoResult, Handlers, TaskContext } from './engine/handler.ts';
import type { Writer } from './system/database.ts';
import type { WriteWitness } from './system/durable.ts';

/** What one task wrote. */
export interface TaskWrites {
  readonly kind: string;
  /** Paths on the device; tables as `table NAME`. */
  readonly done: Set<string>;
  /** The same, once the change was over. */
  readonly cleaned: Set<string>;
}

/** One task at a time: of plans whose tasks run one after the other. */
export class WriteRecorder {
  readonly #tasks = new Map<number, TaskWrites>();
  #root = '';
  #now: Set<string> | undefined;

  /** From now on, of the device whose files are below `root`. */
  begin(root: string): void {
    this.#root = root;
    this.#tasks.clear();
  }

  /** In the order of the plan. */
  get tasks(): readonly TaskWrites[] {
    return [...this.#tasks].toSorted(([a], [b]) => a - b).map(([, writes]) => writes);
  }

  readonly witness: WriteWitness = ({ op, path }, moment) => {
    if (moment !== 'after' || op === 'commit' || !path.startsWith(`${this.#root}/`)) return;
    this.#now?.add(path.slice(this.#root.length));
  };

  wrap(known: Handlers): Handlers {
    return Object.fromEntries(
      Object.entries(known).map(([kind, handler]) => [
        kind,
        {
          ...handler,
          do: async (context) => {
            const { done } = this.#of(context);
            const result = await this.#during(done, () => handler.do(context));
            return withTables(result, done);
          },
          ...(handler.cleanup === undefined
            ? {}
            : {
                cleanup: (context) => this.#during(this.#of(context).cleaned, async () => handler.cleanup?.(context)),
              }),
        },
      ]),
    );
  }

  #of({ task }: TaskContext): TaskWrites {
    const known = this.#tasks.get(task.id) ?? { kind: task.kind, done: new Set(), cleaned: new Set() };
    this.#tasks.set(task.id, known);
    return known;
  }

  async #during<T>(into: Set<string>, work: () => Promise<T>): Promise<T> {
    if (this.#now !== undefined) throw new Error('two tasks run at once: nobody could tell whose a write is');
    this.#now = into;
    try {
      return await work();
    } finally {
      this.#now = undefined;
    }
  }
}

function withTables(result: DoResult, into: Set<string>): DoResult {
  if (result.kind === 'retry' || result.commit === undefined) return result;
  const { commit } = result;
  return { ...result, commit: (sql) => commit(telling(sql, into)) };
}

function telling(sql: Writer, into: Set<string>): Writer {
  return {
    ...sql,
    get: sql.get.bind(sql),
    all: sql.all.bind(sql),
    run(statement, ...values) {
      const [, table] = /(?:INTO|UPDATE|FROM) (\w+)/.exec(statement) ?? [];
      into.add(`table ${table}`);
      return sql.run(statement, ...values);
    },
  };
}
