/** Answers of the daemon as text for people. Pure; every value is what the API says, missing ones are `-`. */
import { asList, asObject } from './client.ts';

/** Lines of a table, columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** One value as text. */
export function text(value: unknown): string {
  return value === undefined || value === null || value === '' ? '-' : printable(String(value));
}

/** What a device recorded can be anything, and must not command the terminal on which it is read. */
export function printable(content: string): string {
  return content.replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
}

/** A time as `2026-11-20 09:30:00` in UTC, as the device's own zone says little to whoever reads its log. */
export function time(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 19).replace('T', ' ') : '-';
}

/** The daemon's answer as it is. */
export function jsonText(result: unknown): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}

export function showChanges(result: unknown): string {
  const rows = asList(result).map((change) => [
    text(change['id']),
    text(change['status']),
    time(change['spawn-time']),
    time(change['ready-time']),
    text(change['summary']),
  ]);
  return rows.length === 0 ? 'No changes yet.\n' : table([['ID', 'Status', 'Spawn', 'Ready', 'Summary'], ...rows]);
}

export function showChange(result: unknown): string {
  const tasks = asList(asObject(result)['tasks']);
  const steps = table([
    ['Status', 'Spawn', 'Ready', 'Summary'],
    ...tasks.map((task) => [
      text(task['status']),
      time(task['spawn-time']),
      time(task['ready-time']),
      text(task['summary']),
    ]),
  ]);
  const logs = tasks
    .filter((task) => Array.isArray(task['log']) && task['log'].length > 0)
    .map(
      (task) =>
        `\n${text(task['summary'])}\n${[task['log']]
          .flat()
          .map((line) => `  ${text(line)}\n`)
          .join('')}`,
    );
  return steps + logs.join('');
}

export function showStatus(result: unknown): string {
  const status = asObject(result);
  const boot = asObject(status['boot']);
  const copies = asObject(boot['copies']);
  const problems = Array.isArray(status['problems']) ? status['problems'] : [];
  const given = asList(status['guarantees']).filter((g) => g['given'] === true);
  const missing = asList(status['guarantees']).filter((g) => g['given'] !== true);
  return [
    table([
      ['Good set', set(boot['good'])],
      ['Running', `${set(boot['running'])}${boot['rule'] ? ` (rule ${text(boot['rule'])})` : ''}`],
      ['Previous', set(boot['previous'])],
      ['Trial', trial(status['trial'])],
      [
        'Environment',
        `copy a ${text(copies['a'])}, copy b ${text(copies['b'])}, last-good record ${text(boot['record'])}`,
      ],
    ]),
    ...(problems.length === 0 ? [] : ['\nProblems\n', ...problems.map((problem) => `  ${text(problem)}\n`)]),
    ...section('Not fit to fall back to', indented(findingsTable(asList(status['unfit'])))),
    ...section('Failed, and not tried again by themselves', heldBack(status['held-back'])),
    '\nGuarantees of this device\n',
    ...given.map((g) => `  ${text(g['name'])}: ${text(g['meaning'])}\n`),
    ...(missing.length === 0 ? [] : [`  not given: ${missing.map((g) => text(g['name'])).join(', ')}\n`]),
    '\nLast outcomes\n',
    outcomes(status['outcomes']),
  ].join('');
}

/** A line for each: the file, what of it, and its state. */
export function findingsTable(findings: readonly Readonly<Record<string, unknown>>[]): string {
  return table(
    findings.map(({ file, what, state, mended }) => [
      text(file),
      text(what),
      `${text(state)}${mended === true ? ', mended' : ''}`,
    ]),
  );
}

function section(title: string, lines: string): string[] {
  return lines === '' ? [] : [`\n${title}\n`, lines];
}

function indented(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, '  ');
}

function heldBack(value: unknown): string {
  return asList(value)
    .map((held) => {
      const failures = held['failures'] === 1 ? 'once' : `${text(held['failures'])} times`;
      const what = `${text(held['name'])} (${text(held['revision'])})`;
      return `  ${what}: failed ${failures}, ${text(held['cause'])}; held back until ${time(held['until'])}\n`;
    })
    .join('');
}

export function set(value: unknown): string {
  const names = Object.entries(asObject(value)).map(([slot, name]) => `${slot} ${text(name)}`);
  return names.length === 0 ? '-' : names.join(', ');
}

function trial(value: unknown): string {
  const it = asObject(value);
  if (it['phase'] === undefined) return 'none';
  const details = [
    it['progress'] === undefined ? '' : text(it['progress']),
    it['attempts-left'] === undefined ? '' : `attempts left ${text(it['attempts-left'])}`,
    it['change'] === undefined ? '' : `change ${text(it['change'])}`,
  ].filter((detail) => detail !== '');
  return `${text(it['phase'])}: ${set(it['set'])}${details.length === 0 ? '' : ` (${details.join('; ')})`}`;
}

function outcomes(value: unknown): string {
  const rows = asList(value).flatMap((outcome) => {
    const cause = asObject(outcome['cause']);
    const evidence = Array.isArray(cause['evidence']) ? cause['evidence'] : [];
    const head = `  ${time(outcome['time'])}  ${text(outcome['what'])}  ${set(outcome['set'])}\n`;
    const why = cause['code'] === undefined ? [] : [`      ${text(cause['code'])}: ${text(cause['message'])}\n`];
    return [head, ...why, ...evidence.map((line) => `        ${text(line)}\n`)];
  });
  return rows.length === 0 ? '  none yet\n' : rows.join('');
}
