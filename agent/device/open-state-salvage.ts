/** What a damaged database still says about changes that its successor does not know: a hint for people, and nothing else. */
import type { Database } from '../system/database.ts';
import { readLog } from '../system/database-log.ts';
import { loadSqlite } from '../system/database-sqlite.ts';

interface ChangeRow {
  readonly id: number;
  readonly summary: string;
  readonly ready_time: string | null;
}

const changesSql = 'SELECT id, summary, ready_time FROM changes ORDER BY id';
/** More than anybody reads. */
const maxLines = 10;

/**
 * @param file the damaged file, or the checkpoint it is the successor of
 * @param log everything in it is taken for true, checksums or not
 * @returns a line for each change that is lost or whose end is; none where the file says nothing any more
 */
export async function lostChanges(
  file: Uint8Array,
  log: Uint8Array | undefined,
  database: Database,
  nativeBinding?: string,
): Promise<string[]> {
  const Library = await loadSqlite();
  const known = new Map(database.all<ChangeRow>(changesSql).map((row) => [row.id, row]));
  try {
    const options = nativeBinding === undefined ? {} : { nativeBinding };
    const damaged = new Library(Buffer.from(merged(file, log)), options);
    try {
      const rows = damaged.prepare(changesSql).all() as ChangeRow[];
      return rows.flatMap((row) => lineOf(row, known.get(row.id))).slice(-maxLines);
    } finally {
      damaged.close();
    }
  } catch {
    return [];
  }
}

function lineOf({ id, summary, ready_time: end }: ChangeRow, known: ChangeRow | undefined): string[] {
  if (known === undefined) return [`change ${id} is not known any more: ${summary}`];
  if (end !== null && known.ready_time === null)
    return [`of change ${id} it is not known any more that it ended: ${summary}`];
  return [];
}

/** The file with the pages of the log in their places, as a database that needs no log. */
function merged(file: Uint8Array, log: Uint8Array | undefined): Uint8Array {
  const frames = (log === undefined ? undefined : readLog(log))?.claimed ?? [];
  const end = frames.reduce((bytes, { page, content }) => Math.max(bytes, page * content.length), file.length);
  const all = new Uint8Array(Math.min(end, file.length + (log?.length ?? 0)));
  all.set(file);
  for (const { page, content } of frames) {
    if (page * content.length <= all.length) all.set(content, (page - 1) * content.length);
  }
  // By what it is known as a database, and how it is written and read: 1 is without a log.
  all.set(Buffer.from('SQLite format 3\0'));
  all.set([1, 1], 18);
  return all;
}
