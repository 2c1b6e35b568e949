/** The system options that plans read: `refresh.retain` and `refresh.hold` (`snaps.md` §23; vector C18). Pure. */
import { SnapsError } from '../error.ts';

/**
 * How many revisions of a snap are kept. What was set long ago may be of any type: it is then as if it had not been set.
 * @param complain is told about a value that means nothing
 */
export function retainOf(value: unknown, classic: boolean, complain: (text: string) => void = () => {}): number {
  const usual = classic ? 2 : 3;
  if (value === undefined || value === null) return usual;
  if (typeof value !== 'number' && typeof value !== 'string') {
    complain('internal error: refresh.retain system option has unexpected type');
    return usual;
  }
  const retain = Number(value);
  if (Number.isInteger(retain) && retain > 0) return retain;
  if (retain !== 0) complain(`internal error: refresh.retain system option is not valid: ${value}`);
  return usual;
}

/** Whether it may be set to that; nothing unsets it. @throws SnapsError `bad-request` */
export function checkRetain(value: unknown): void {
  const text = textOf(value);
  if (text === '' || (/^\d{1,3}$/.test(text) && Number(text) >= 2 && Number(text) <= 20)) return;
  throw new SnapsError('bad-request', `retain must be a number between 2 and 20, not "${text}"`);
}

/** Until when nothing is refreshed by itself; `undefined` where that is not held, or cannot be read. */
export function refreshHoldOf(value: unknown): Date | 'forever' | undefined {
  const text = textOf(value);
  if (text === 'forever') return text;
  const date = new Date(text);
  return rfc3339.test(text) && !Number.isNaN(date.getTime()) ? date : undefined;
}

/** Whether it may be set to that; nothing unsets it. @throws SnapsError `bad-request` */
export function checkRefreshHold(value: unknown): void {
  const text = textOf(value);
  if (text === '' || refreshHoldOf(text) !== undefined) return;
  throw new SnapsError(
    'bad-request',
    `refresh.hold cannot be parsed: "${text}" is neither "forever" nor a time in RFC3339 format`,
  );
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
