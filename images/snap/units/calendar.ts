/** Schedules as systemd's OnCalendar: it may fire more often than the schedule says, what runs the app looks again. */
import {
  type ClockSpan,
  DAY,
  formatClock,
  isSingleDay,
  LAST_WEEK,
  lengthOf,
  type Schedule,
  splitSpan,
  WEEKDAYS,
  type WeekSpan,
} from '../schedule/schedule.ts';

/** Picks one of the whole numbers from 0 to below `count`. */
export type Pick = (count: number) => number;

/** Minutes at the end of a window that are not picked, so that two windows do not meet. */
const MARGIN = 5;

const EVERY_DAY = '*-*-*';

export function calendarOf(schedules: readonly Schedule[], pick: Pick): string[] {
  return schedules.flatMap(({ days, times }) => {
    const dates = days.length === 0 ? [EVERY_DAY] : days.flatMap(datesOf);
    const clocks = times.flatMap(splitSpan).map((span) => clockOf(span, pick));
    if (clocks.length === 0) return dates;
    return dates.flatMap((date) => clocks.map((clock) => `${date} ${clock}`));
  });
}

function clockOf(span: ClockSpan, pick: Pick): string {
  const length = lengthOf(span);
  const window = length > MARGIN ? length - MARGIN : length;
  const start = span.spread && window > 0 ? span.start + pick(Math.ceil(window)) : span.start;
  return formatClock(start % DAY);
}

function datesOf(span: WeekSpan): string[] {
  const { start, end } = span;
  const names = weekdaysOf(span);
  if (start.week === 0 && end.week === 0) return [`${names} ${EVERY_DAY}`];
  const week = start.week || end.week;
  const [first, last] = [(week - 1) * 7 + 1, week * 7];
  if (isSingleDay(span)) return [`${names} ${week === LAST_WEEK ? daysOf(22, 31) : daysOf(first, last)}`];
  // A month has 28 to 31 days: the fifth week of a day is the fourth, or what comes after.
  const own = week === LAST_WEEK ? daysOf(first - 7, last - 7) : daysOf(first, last);
  if (start.week !== 0) {
    // The span may go on in the week after.
    return week >= 4 ? [daysOf(29, 31), daysOf(1, 7), own] : [daysOf(first + 7, last + 7), own];
  }
  // The span may have begun in the week before.
  if (week === LAST_WEEK) return [daysOf(29, 31), own];
  return [week === 1 ? daysOf(22, 31) : daysOf(first - 7, last - 7), own];
}

function weekdaysOf({ start, end }: WeekSpan): string {
  const names: string[] = [];
  for (let day = start.day; ; day = (day + 1) % WEEKDAYS.length) {
    const name = WEEKDAYS[day] ?? '';
    names.push(name.charAt(0).toUpperCase() + name.slice(1));
    if (day === end.day) return names.join(',');
  }
}

/** Ranges are spelt out: old systemd knows no others. */
function daysOf(first: number, last: number): string {
  return `*-*-${Array.from({ length: last - first + 1 }, (_, i) => first + i).join(',')}`;
}
