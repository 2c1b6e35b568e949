/**
 * What a copy of data is about to do, announced before its first effect, so that whoever repeats it or takes it back after a
 * power cut knows what was there before.
 *
 * The rule that keeps data safe: what is known by its identity is the original, wherever it is; it is renamed, and removed only
 * when the change is over for good. A name alone never says what is behind it.
 */
import type { TaskData } from '../../engine/model.ts';
import type { Place } from './places.ts';

export interface CopyPlace extends Place {
  /** Names that were there before. */
  readonly had: readonly string[];
  /** The data of the previous revision is copied; otherwise the new one begins empty, or stays what it is. */
  readonly copies: boolean;
  /** The identity of what was there before under the name of the new revision, and makes way for the copy. */
  readonly replaces?: string;
  /** What that is called then. */
  readonly trash: string;
  /** The identity of what an older change has left under snapd's name for that. */
  readonly leftOver?: string;
}

/** Directories that were missing, and are made. */
export type MadeName = 'snap' | 'instance' | 'common' | 'save-snaps' | 'save';

export interface CopyJob {
  readonly places: readonly CopyPlace[];
  readonly made: readonly MadeName[];
}

const jobKey = 'data-copy';

export function announcementOf(job: CopyJob): TaskData {
  return { [jobKey]: job };
}

/** What was announced; `undefined` where nothing was. */
export function jobIn(data: TaskData): CopyJob | undefined {
  const job = data[jobKey];
  return isJob(job) ? job : undefined;
}

function isJob(value: unknown): value is CopyJob {
  return typeof value === 'object' && value !== null && 'places' in value && 'made' in value;
}
