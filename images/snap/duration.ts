import type { Duration } from './model.ts';
import { quote } from './quote.ts';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const MAX_DURATION = 2n ** 63n - 1n;

/** Reads `1m30s`, `500ms`, `-2h`: a number with a unit, once or more. Throws an Error with Go's message. */
export function parseDuration(text: string): Duration {
  const invalid = new Error(`time: invalid duration ${quote(text)}`);
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  let rest = text.slice(sign.length);
  if (rest === '0') return 0;
  if (rest === '') throw invalid;
  let total = 0n;
  while (rest !== '') {
    const [number = '', whole = '', fraction = ''] = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest) ?? [];
    if (whole === '' && fraction === '') throw invalid;
    rest = rest.slice(number.length);
    const [unit = ''] = /^[^0-9.]*/.exec(rest) ?? [];
    if (unit === '') throw new Error(`time: missing unit in duration ${quote(text)}`);
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) throw new Error(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    rest = rest.slice(unit.length);
    const part = Math.trunc(Number(fraction) * (size / 10 ** fraction.length));
    total += BigInt(whole || 0) * BigInt(size) + BigInt(part);
    if (total > MAX_DURATION) throw invalid;
  }
  return Number(sign === '-' ? -total : total) + 0;
}

/** As Go prints it: `0s`, `1m30s`, `1.5s`, `250ms`. */
export function formatDuration(duration: Duration): string {
  if (duration === 0) return '0s';
  const sign = duration < 0 ? '-' : '';
  const size = Math.abs(duration);
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const nanoseconds = size % 60e9;
  const minutes = Math.trunc(size / 60e9);
  const seconds = `${nanoseconds / 1e9}s`;
  if (minutes === 0) return `${sign}${seconds}`;
  const hours = Math.trunc(minutes / 60);
  return `${sign}${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds}`;
}
