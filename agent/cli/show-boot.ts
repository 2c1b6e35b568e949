/** Answers about boots as text for people. Pure; every value is what the API says, missing ones are `-`. */
import { asList, asObject } from './client.ts';
import { findingsTable, set, table, text, time } from './show.ts';

export function showBoots(result: unknown): string {
  const rows = asList(result).map((boot) => [
    text(boot['boot']),
    text(time(boot['time'])),
    text(boot['reset']),
    boot['trial'] === true ? 'trial' : '-',
    set(boot['set']),
    ending(boot),
  ]);
  return rows.length === 0
    ? 'No boots recorded yet.\n'
    : table([['Boot', 'Time', 'Reset', 'Trial', 'Set', 'How it ended'], ...rows]);
}

/** The cause says more than the bare word for the end; a boot that runs may have its verdict. */
function ending(boot: Readonly<Record<string, unknown>>): string {
  const end = asObject(boot['end']);
  const cause = asObject(end['cause']);
  const how = text(cause['code'] ?? end['how']);
  const said = cause['message'] ?? asObject(boot['verdict'])['reason'];
  const { kind } = asObject(boot['verdict']);
  const word = end['cause'] === undefined && kind !== undefined ? `${how}, verdict ${text(kind)}` : how;
  return said === undefined || said === '' ? word : `${word}: ${text(said)}`;
}

export function showWhy(result: unknown): string {
  const { why } = asObject(result);
  return Array.isArray(why) ? why.map((line) => `${text(line)}\n`).join('') : '-\n';
}

export function showFindings(result: unknown): string {
  const findings = asList(result);
  const unfit = findings.filter(({ state }) => state !== 'fit');
  const sum = `${findings.length} checked, ${findings.length - unfit.length} fit\n`;
  return unfit.length === 0 ? sum : findingsTable(unfit) + sum;
}
