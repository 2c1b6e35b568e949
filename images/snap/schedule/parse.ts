import { quote } from '../quote.ts';
import {
  type Clock,
  type ClockSpan,
  DAY,
  isSingleDay,
  type Schedule,
  WEEKDAYS,
  type WeekDay,
  type WeekSpan,
} from './schedule.ts';

/** Windows that a span may be cut into: more than minutes in a day mean nothing. */
const MAX_SPLIT = 2 ** 32;

function cannotParse(text: string, why: string): Error {
  return new Error(`cannot parse ${quote(text)}: ${why}`);
}

/** Reads schedules, `,,` between them. Throws an Error with snapd's message. */
export function parseSchedules(text: string): readonly Schedule[] {
  return text.split(',,').map(parseSchedule);
}

function parseSchedule(text: string): Schedule {
  const days: WeekSpan[] = [];
  const times: ClockSpan[] = [];
  for (const fragment of text.split(',')) {
    if (fragment === '') throw cannotParse(text, 'not a valid fragment');
    if (fragment.includes(':')) times.push(parseTimes(fragment));
    else if (times.length === 0) days.push(parseDays(fragment));
    else throw cannotParse(fragment, 'invalid schedule fragment');
  }
  return { days, times };
}

function parseDays(text: string): WeekSpan {
  const ends = text.split('-');
  if (ends.length > 2) throw cannotParse(text, 'invalid week span');
  const [start, end] = ends.map((end) => {
    const day = parseDay(end);
    if (day === undefined) throw cannotParse(text, `${quote(end)} is not a valid weekday`);
    return day;
  }) as [WeekDay, WeekDay?];
  const span = { start, end: end ?? start };
  if (start.week === 0 || span.end.week === 0) return span;
  if (span.end.week < start.week) throw cannotParse(text, 'unsupported schedule');
  // The first day of a span says which week it is.
  return isSingleDay(span) ? span : { start, end: { ...span.end, week: 0 } };
}

function parseDay(text: string): WeekDay | undefined {
  const [, name = '', week = '0'] = /^([a-z]{3})([1-5])?$/.exec(text) ?? [];
  const day = (WEEKDAYS as readonly string[]).indexOf(name);
  return day < 0 ? undefined : { day, week: Number(week) };
}

function parseTimes(text: string): ClockSpan {
  const [whole = '', count, ...more] = text.split('/');
  const split = count === undefined ? 0 : parseCount(count);
  if (split === undefined || more.length > 0) throw cannotParse(text, 'not a valid interval');
  const spread = whole.includes('~');
  const [start, end] = parseRange(spread ? whole.replace('~', '-') : whole);
  if (start === undefined || end === undefined) throw cannotParse(text, 'not a valid time');
  return { start, end, split, spread };
}

function parseCount(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const count = Number(text);
  return count > 0 && count < MAX_SPLIT ? count : undefined;
}

function parseRange(text: string): readonly [Clock | undefined, Clock | undefined] {
  const at = text.indexOf('-');
  if (at < 0) return [parseClock(text), parseClock(text)];
  return [parseClock(text.slice(0, at)), parseClock(text.slice(at + 1))];
}

function parseClock(text: string): Clock | undefined {
  if (text === '24:00') return DAY;
  const [match, hour = '', minute = ''] = /^([0-9]|0[0-9]|1[0-9]|2[0-3]):([0-5][0-9])$/.exec(text) ?? [];
  return match === undefined ? undefined : Number(hour) * 60 + Number(minute);
}
