/** What a refresh is called. Pure; summaries are snapd's. */
import { quoted, shortened, snapsWords } from './words.ts';

/** What of a request its words depend on. */
interface Asked {
  readonly names: readonly string[];
  readonly channel?: string;
  readonly cohort?: string;
  readonly automatic?: boolean;
}

export function refreshSummary({ names, channel, cohort, automatic }: Asked, affected: readonly string[]): string {
  if (automatic === true)
    return affected.length > 3 ? `Auto-refresh ${affected.length} snaps` : `Auto-refresh ${snapsWords(affected)}`;
  if (names.length === 1) {
    const from = channel === undefined || channel === '' ? '' : ` from "${channel}" channel`;
    return `Refresh ${quoted(names)} snap${from}${cohort === undefined ? '' : ` from "${shortened(cohort)}" cohort`}`;
  }
  if (affected.length > 0)
    return affected.length === 1 ? `Refresh snap ${quoted(affected)}` : `Refresh snaps ${quoted(affected)}`;
  return names.length === 0 ? 'Refresh all snaps: no updates' : `Refresh snaps ${quoted(names)}: no updates`;
}
