/** When something happens again and again: `mon-fri,9:00~11:00/2,,sun` (reference: snaps 16.1). */

/** Sunday is 0. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A weekday, of every week (0) or only the first to fourth or last (5) of the month. */
export interface WeekDay {
  readonly day: number;
  readonly week: number;
}

export const LAST_WEEK = 5;

export interface WeekSpan {
  readonly start: WeekDay;
  readonly end: WeekDay;
}

/** Minutes since midnight; 24:00 can be an end. */
export type Clock = number;

export interface ClockSpan {
  readonly start: Clock;
  readonly end: Clock;
  /** Into how many windows it is cut; 0 where it is not. */
  readonly split: number;
  /** Any moment in the window may be chosen. */
  readonly spread: boolean;
}

/** On one of the days, none meaning all, at one of the times, none meaning any. */
export interface Schedule {
  readonly days: readonly WeekSpan[];
  readonly times: readonly ClockSpan[];
}

export const DAY = 24 * 60;

export function isSingleDay({ start, end }: WeekSpan): boolean {
  return start.day === end.day && start.week === end.week;
}

/** The windows of a span that is cut into some. */
export function splitSpan(span: ClockSpan): readonly ClockSpan[] {
  if (span.split <= 1 || span.start === span.end) return [span];
  const step = lengthOf(span) / span.split;
  return Array.from({ length: span.split }, (_, i) => {
    const start = add(span.start, i * step);
    return { start, end: add(start, step), split: 0, spread: span.spread };
  });
}

/** Minutes from the start of a window to its end, which may be on the next day. */
export function lengthOf({ start, end }: Pick<ClockSpan, 'start' | 'end'>): number {
  return end < start ? end + DAY - start : end - start;
}

function add(clock: Clock, minutes: number): Clock {
  return Math.floor(clock + minutes) % DAY;
}

export function formatClock(clock: Clock): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(clock / 60))}:${two(clock % 60)}`;
}

/** In the form that is parsed, as snapd writes it. */
export function formatSchedule({ days, times }: Schedule): string {
  return [...days.map(formatDays), ...times.map(formatTimes)].join(',');
}

function formatDays(span: WeekSpan): string {
  const { start, end } = span;
  return isSingleDay(span) ? formatDay(start) : `${formatDay(start)}-${formatDay(end)}`;
}

function formatDay({ day, week }: WeekDay): string {
  return `${WEEKDAYS[day] ?? ''}${week === 0 ? '' : week}`;
}

function formatTimes({ start, end, split, spread }: ClockSpan): string {
  if (start === end) return formatClock(start);
  return `${formatClock(start)}${spread ? '~' : '-'}${formatClock(end)}${split > 0 ? `/${split}` : ''}`;
}
