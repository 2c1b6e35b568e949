/** The life of an app, step by step: what is done to it, and all that the device must show of it then. Tests and `make demo` run the same list. */
import { APP, APP_FILES } from './app.ts';
import { APP_GONE, type AppSeen, appRunning } from './app-seen.ts';

export interface LifeStep {
  /** For people: what was done. */
  readonly title: string;
  /** Typed at the device's shell, one after the other. */
  readonly commands: readonly string[];
  /** What the last of them says where it is to fail; all others end well. */
  readonly fails?: RegExp;
  readonly promised: AppSeen;
}

function install(file: string): string {
  return `holdfast install --dangerous --devmode /mnt/${file}.snap`;
}

/** What the service wrote in the life of the app, in the diary of all revisions; the third never stayed. */
const STARTS = ['1 x1', '2 x2', '3 x3', '2 x2', '1 x1'];

/** @param starts of the revision that runs */
function diary(version: string, starts: readonly string[], all: readonly string[], notes: readonly string[]): string[] {
  return [
    version,
    ...starts.map((start) => `starts: ${start}`),
    ...all.map((start) => `starts of all: ${start}`),
    ...notes.map((note) => `note: ${note}`),
    ...notes.map((note) => `own note: ${note}`),
  ];
}

const [NOTE, LATER] = ['seen at the first', 'seen at the second'];
const SECOND = ['1 x1', '2 x2', '2 x2'];

export const APP_LIFE: readonly LifeStep[] = [
  {
    title: 'installed, and a note taken: it runs, and has its data',
    commands: [install(APP_FILES.first), `${APP} note ${NOTE}`],
    promised: appRunning({ x1: ['1 x1'] }, diary('version 1 revision x1', ['1 x1'], STARTS.slice(0, 1), [NOTE])),
  },
  {
    title: 'refreshed: the new one runs on a copy of the data, the old one is kept with its own',
    commands: [install(APP_FILES.second)],
    promised: appRunning(
      { x2: SECOND.slice(0, 2), x1: ['1 x1'] },
      diary('version 2 revision x2', SECOND.slice(0, 2), STARTS.slice(0, 2), [NOTE]),
    ),
  },
  {
    title: 'another note, and a refresh that fails at its end: it is undone, the one before runs with its data',
    commands: [`${APP} note ${LATER}`, install(APP_FILES.broken)],
    fails: /this diary does not open/,
    promised: appRunning(
      { x2: SECOND, x1: ['1 x1'] },
      diary('version 2 revision x2', SECOND, STARTS.slice(0, 4), [NOTE, LATER]),
    ),
  },
  {
    title: 'reverted: the old one runs with the data it had, the new one is kept',
    commands: [`holdfast revert ${APP}`],
    promised: appRunning(
      { x1: ['1 x1', '1 x1'], x2: SECOND },
      diary('version 1 revision x1', ['1 x1', '1 x1'], STARTS, [NOTE]),
    ),
  },
  {
    title: 'saved and removed: nothing of it is there',
    commands: [`holdfast save ${APP}`, `holdfast remove ${APP}`],
    promised: APP_GONE,
  },
  {
    title: 'installed anew, and restored: it has the data that was saved',
    commands: [install(APP_FILES.first), 'holdfast restore 1'],
    // No number of a revision comes twice on a device, and three are gone.
    promised: appRunning({ x4: ['1 x1', '1 x1'] }, diary('version 1 revision x4', ['1 x1', '1 x1'], STARTS, [NOTE])),
  },
];
