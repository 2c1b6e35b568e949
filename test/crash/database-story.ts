/**
 * The database that a power cut leaves: it opens, is whole, and says what it said at the last commit that had returned, or
 * at the one that was under way. SQLite reads its own files here.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Medium } from './medium.ts';
import { digestOf, type Picture } from './picture.ts';
import type { Recorded } from './record.ts';
import { parseMark } from './witness.ts';

const EMPTY = 'nothing';

export class DatabaseStory {
  readonly #file: string;
  readonly #folder: string;
  /** What each state of the files says. */
  readonly #known = new Map<string, string>();

  /** @param file the database's path in the pictures; @param folder a directory of its own */
  constructor(file: string, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  /** Different states of the files that were opened. */
  get states(): number {
    return this.#known.size;
  }

  /** What the database says, the same text for the same content; `damaged: ...` where SQLite finds something wrong. */
  read(picture: Picture): string {
    const files = new Map(
      ['', '-wal', '-journal', '-shm'].flatMap((suffix) => {
        const entry = picture.get(`${this.#file}${suffix}`);
        return entry === undefined ? [] : [[`/state.db${suffix}`, entry] as const];
      }),
    );
    const digest = digestOf(files);
    const known = this.#known.get(digest) ?? summary(this.#open(files));
    this.#known.set(digest, known);
    return known;
  }

  #open(files: Picture): string {
    if (files.size === 0) return EMPTY;
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    for (const [path, entry] of files) if (entry.kind === 'file') writeFileSync(join(this.#folder, path), entry.bytes);
    let sqlite: Sqlite.Database | undefined;
    try {
      sqlite = new Sqlite(join(this.#folder, 'state.db'));
      const check = String(sqlite.pragma('integrity_check', { simple: true }));
      if (check !== 'ok') return `damaged: ${check}`;
      const tables = sqlite.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
      if (tables.length === 0) return EMPTY;
      const rows = tables.map((table) => {
        const name = (table as { name: string }).name;
        return [table, sqlite?.prepare(`SELECT * FROM "${name}" ORDER BY rowid`).all()];
      });
      return JSON.stringify([sqlite.pragma('user_version', { simple: true }), rows]);
    } catch (error) {
      return `damaged: ${error instanceof Error ? error.message : error}`;
    } finally {
      sqlite?.close();
    }
  }
}

function summary(said: string): string {
  if (said === EMPTY || said.startsWith('damaged')) return said;
  return createHash('sha1').update(said).digest('hex');
}

export interface Commits {
  /** What the database may say after a power cut at each step of the trace. */
  readonly allowed: readonly (readonly string[])[];
  readonly count: number;
}

/**
 * What the commits in a trace allow: at least the last one that had returned, at most the last one that had begun, and never
 * a later one without the earlier ones.
 */
export function commitsOf({ picture, inodes, steps }: Recorded, story: DatabaseStory): Commits {
  const medium = new Medium(picture, inodes);
  // What the database says after none, one, two ... of the commits.
  const said = [story.read(picture)];
  const open: { readonly path: string; readonly number: number; isCarriedOut: boolean }[] = [];
  const bounds: { readonly atLeast: number; readonly atMost: number }[] = [];
  let atLeast = 0;
  let atMost = 0;
  for (const step of steps) {
    medium.apply(step);
    const mark = step.kind === 'mark' ? parseMark(step.text) : undefined;
    if (mark?.write.op === 'commit') {
      const { path } = mark.write;
      if (mark.moment === 'before') open.push({ path, number: ++atMost, isCarriedOut: false });
      const mine = open.find((commit) => commit.path === path);
      if (mine !== undefined && mark.moment !== 'before') {
        if (!mine.isCarriedOut) said[mine.number] = story.read(medium.live());
        mine.isCarriedOut = true;
        if (mark.moment === 'after') {
          atLeast = Math.max(atLeast, mine.number);
          open.splice(open.indexOf(mine), 1);
        }
      }
    }
    bounds.push({ atLeast, atMost });
  }
  return { allowed: bounds.map((one) => said.slice(one.atLeast, one.atMost + 1)), count: atLeast };
}
