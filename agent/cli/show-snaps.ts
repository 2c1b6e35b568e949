/** Answers about snaps as text for people. Pure; every value is what the API says, missing ones are `-`. */
import { asList, asObject } from './client.ts';
import { table, text, time } from './show.ts';

type Row = Readonly<Record<string, unknown>>;

export function showSnaps(result: unknown): string {
  const rows = asList(result).map((snap) => [
    ...['name', 'version', 'revision', 'tracking-channel', 'type', 'status'].map((key) => text(snap[key])),
    notesOf(snap),
  ]);
  return rows.length === 0
    ? 'No snaps on this device.\n'
    : table([['Name', 'Version', 'Rev', 'Tracking', 'Type', 'Status', 'Notes'], ...rows]);
}

function notesOf(snap: Row): string {
  const flags = ['devmode', 'jailmode', 'trymode'].filter((key) => snap[key] === true);
  const notes = [
    ...flags,
    ...(snap['confinement'] === 'classic' ? ['classic'] : []),
    ...(snap['hold'] === undefined ? [] : ['held']),
    ...(snap['broken'] === undefined ? [] : ['broken']),
  ];
  return notes.length === 0 ? '-' : notes.join(',');
}

export function showSnap(result: unknown): string {
  const snap = asObject(result);
  const apps = asList(snap['apps']);
  const lines: (readonly [string, string])[] = [
    ['name', text(snap['name'])],
    ['summary', text(snap['summary'])],
    ['type', text(snap['type'])],
    ['base', text(snap['base'])],
    ['version', text(snap['version'])],
    ['revision', text(snap['revision'])],
    ['status', text(snap['status'])],
    ['tracking', text(snap['tracking-channel'])],
    ['confinement', text(snap['confinement'])],
    ['notes', notesOf(snap)],
    ['held until', snap['hold'] === undefined ? '-' : until(snap['hold'])],
    ['installed', time(snap['install-date'])],
    ['size', `${text(snap['installed-size'])} bytes`],
    ['license', text(snap['license'])],
  ];
  const known = lines.filter(([, value]) => value !== '-');
  return [
    table(known.map(([key, value]) => [`${key}:`, value])),
    ...section('commands', apps.filter(({ daemon }) => daemon === undefined).map(commandOf)),
    ...section('services', apps.filter(({ daemon }) => daemon !== undefined).map(serviceOf)),
    ...section('description', snap['description'] ? text(snap['description']).trimEnd().split('\n') : []),
  ].join('');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:\n`, ...lines.map((line) => `  ${line}\n`)];
}

function commandOf({ snap, name }: Row): string {
  return snap === name ? text(name) : `${text(snap)}.${text(name)}`;
}

function serviceOf(app: Row): string {
  const { daemon, enabled, active } = app;
  return `${commandOf(app)}: ${text(daemon)}, ${enabled === true ? 'enabled' : 'disabled'}, ${active === true ? 'active' : 'inactive'}`;
}

/** A time that far away stands for no end. */
function until(value: unknown): string {
  return String(value).startsWith('9999') ? 'forever' : time(value);
}
