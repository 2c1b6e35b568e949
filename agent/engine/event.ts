/** What moves a change, and what has to be written with that. */
import type { Writer } from '../system/database.ts';

/** What moves a change in a turn. */
export interface Event {
  /** The commit's name. */
  readonly name: string;
  /** It has to be written before anything goes on. */
  readonly isDurable: boolean;
  apply(): void;
  readonly commit?: ((sql: Writer) => void) | undefined;
  /** Runs right after the commit. */
  readonly afterwards?: (() => void) | undefined;
}
