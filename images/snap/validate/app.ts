import { type App, isService, type SnapInfo } from '../model.ts';
import { isAppName } from '../names.ts';
import { quote } from '../quote.ts';
import { parseSchedules } from '../schedule/parse.ts';
import { socketProblem } from './socket.ts';

const DAEMONS = ['', 'simple', 'forking', 'oneshot', 'dbus', 'notify'];
const STOP_SIGNALS = ['sigterm', 'sighup', 'sigusr1', 'sigusr2', 'sigint'];
const STOP_MODES = ['', ...STOP_SIGNALS.flatMap((signal) => [signal, `${signal}-all`])];
const REFRESH_MODES = ['', 'endure', 'restart', 'ignore-running'];
const INSTALL_MODES = ['', 'enable', 'disable'];

/** What a command may hold; quotes and backquotes would confuse what runs it. */
const COMMAND = /^[A-Za-z0-9/. _#:$-]*$/;
const CHAIN = /^[A-Za-z0-9/._#:$-]*$/;

/** The first thing that is wrong with an app; undefined where all is good. */
export function appProblem(app: App, snap: SnapInfo): string | undefined {
  for (const problemOf of CHECKS) {
    const problem = problemOf(app, snap);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type Check = (app: App, snap: SnapInfo) => string | undefined;

/** In snapd's order: the first word is what people see. */
const CHECKS: readonly Check[] = [
  daemonProblem,
  ({ name }) =>
    isAppName(name) ? undefined : `cannot have ${quote(name)} as app name - use letters, digits, and dash as separator`,
  textProblem,
  socketsProblem,
  activatesOnProblem,
  restartProblem,
  (app, snap) => orderProblem(app, app.before, snap) ?? orderProblem(app, app.after, snap),
  timeoutProblem,
  exitStatusProblem,
  modeProblem,
  timerProblem,
];

function daemonProblem({ daemon, daemonScope }: App): string | undefined {
  if (!DAEMONS.includes(daemon)) return `"daemon" field contains invalid value ${quote(daemon)}`;
  return daemonScope !== '' && daemon === '' ? '"daemon-scope" can only be set for daemons' : undefined;
}

function textProblem(app: App): string | undefined {
  const fields: readonly (readonly [name: string, text: string, legal: RegExp])[] = [
    ['command', app.command, COMMAND],
    ['stop-command', app.stopCommand, COMMAND],
    ['reload-command', app.reloadCommand, COMMAND],
    ['post-stop-command', app.postStopCommand, COMMAND],
    ['bus-name', app.busName, COMMAND],
    ...app.commandChain.map((text) => ['command-chain', text, CHAIN] as const),
  ];
  const bad = fields.find(([, text, legal]) => !legal.test(text));
  if (bad === undefined) return undefined;
  const [name, text, legal] = bad;
  return `app description field '${name}' contains illegal ${quote(text)} (legal: '${goSource(legal)}')`;
}

/** What is wrong with the commands that are put before a hook's. */
export function chainProblem(chain: readonly string[]): string | undefined {
  const bad = chain.find((text) => !CHAIN.test(text));
  return bad === undefined
    ? undefined
    : `hook command-chain contains illegal ${quote(bad)} (legal: '${goSource(CHAIN)}')`;
}

/** A pattern as Go writes it. */
function goSource(pattern: RegExp): string {
  return pattern.source.replaceAll('\\/', '/');
}

function socketsProblem({ sockets, plugs, daemonScope }: App, { name: snap }: SnapInfo): string | undefined {
  if (sockets.size > 0 && !plugs.includes('network-bind')) {
    return '"network-bind" interface plug is required when sockets are used';
  }
  for (const [name, socket] of sockets) {
    const problem = socketProblem(snap, daemonScope, name, socket);
    if (problem !== undefined) return `invalid definition of socket ${quote(name)}: ${problem}`;
  }
  return undefined;
}

function activatesOnProblem(app: App, { slots, apps }: SnapInfo): string | undefined {
  if (app.activatesOn.length === 0) return undefined;
  if (!isService(app)) return 'activates-on is only applicable to services';
  for (const name of app.activatesOn) {
    const invalid = `invalid activates-on value ${quote(name)}:`;
    const slot = slots.get(name);
    if (slot?.interface !== 'dbus') return `${invalid} slot does not use dbus interface`;
    const bus = String(slot.attrs['bus']);
    if (bus !== (app.daemonScope === 'user' ? 'session' : 'system')) {
      return `${invalid} bus ${quote(bus)} does not match daemon-scope ${quote(app.daemonScope)}`;
    }
    const other = [...apps.values()].find(
      ({ name: otherName, activatesOn }) => otherName !== app.name && activatesOn.includes(name),
    );
    if (other !== undefined) return `${invalid} slot is also activatable on app ${quote(other.name)}`;
  }
  return undefined;
}

function restartProblem(app: App): string | undefined {
  if (app.restartDelay !== 0) {
    if (!isService(app)) return 'restart-delay is only applicable to services';
    if (app.restartDelay < 0) return 'restart-delay cannot be negative';
  }
  if (app.restartCondition !== '' && !isService(app)) return 'restart-condition is only applicable to services';
  return undefined;
}

function orderProblem(app: App, names: readonly string[], { apps }: SnapInfo): string | undefined {
  if (names.length > 0 && !isService(app)) return 'must be a service to define before/after ordering';
  for (const name of names) {
    const other = apps.get(name);
    if (other === undefined) return `before/after references a missing application ${quote(name)}`;
    if (!isService(other)) return `before/after references a non-service application ${quote(name)}`;
    if (other.daemonScope !== app.daemonScope) {
      return `before/after references service with different daemon-scope ${quote(name)}`;
    }
  }
  return undefined;
}

function timeoutProblem(app: App): string | undefined {
  for (const [name, timeout] of [
    ['start-timeout', app.startTimeout],
    ['stop-timeout', app.stopTimeout],
    ['watchdog-timeout', app.watchdogTimeout],
  ] as const) {
    if (timeout === 0) continue;
    if (!isService(app)) return `${name} is only applicable to services`;
    if (timeout < 0) return `${name} cannot be negative`;
  }
  return undefined;
}

function exitStatusProblem(app: App): string | undefined {
  if (app.successExitStatus.length === 0) return undefined;
  if (!isService(app)) return 'success exit status is only applicable to services';
  const good = (status: string): boolean => /^\+?[0-9]+$/.test(status) && Number(status) >= 1 && Number(status) <= 255;
  return app.successExitStatus.every(good) ? undefined : 'exit code must be an integer in range 1 to 255';
}

function modeProblem(app: App): string | undefined {
  const { name, stopMode, refreshMode, installMode } = app;
  if (!STOP_MODES.includes(stopMode)) return `"stop-mode" field contains invalid value ${quote(stopMode)}`;
  if (!REFRESH_MODES.includes(refreshMode)) return `"refresh-mode" field contains invalid value ${quote(refreshMode)}`;
  if (!INSTALL_MODES.includes(installMode)) return `"install-mode" field contains invalid value ${quote(installMode)}`;
  if (isService(app)) {
    return refreshMode === 'ignore-running'
      ? '"refresh-mode" cannot be set to "ignore-running" for services'
      : undefined;
  }
  if (stopMode !== '') return `"stop-mode" cannot be used for ${quote(name)}, only for services`;
  if (refreshMode !== '' && refreshMode !== 'ignore-running') {
    return `"refresh-mode" for app ${quote(name)} can only have value "ignore-running"`;
  }
  return installMode === '' ? undefined : `"install-mode" cannot be used for ${quote(name)}, only for services`;
}

function timerProblem(app: App): string | undefined {
  if (app.timer === '') return undefined;
  if (!isService(app)) return 'timer is only applicable to services';
  try {
    parseSchedules(app.timer);
    return undefined;
  } catch (error) {
    return `timer has invalid format: ${error instanceof Error ? error.message : error}`;
  }
}
