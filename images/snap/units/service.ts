import type { App, Duration, Plug, SnapInfo } from '../model.ts';
import { quote } from '../quote.ts';
import { goText } from '../yaml/value.ts';
import { commandNameOf, mountUnitOf, type Place, serviceUnitOf } from './place.ts';
import { type Section, unitText } from './text.ts';

export interface ServiceOptions {
  /** Place in the list of snaps that are killed last when memory is short, from 1; 0: not in it. */
  readonly vitalityRank?: number;
  /** The unit that mounts the tools of the snapd snap, where these come from there. */
  readonly toolsMount?: string;
}

const DEFAULT_STOP_TIMEOUT: Duration = 30e9;
/** The agent's own. */
const LEAST_OOM_SCORE = -900;

/** The unit of a service that was found valid. */
export function serviceUnit(app: App, snap: SnapInfo, place: Place, options: ServiceOptions = {}): string {
  const isSystem = app.daemonScope !== 'user';
  const mount = isSystem ? mountUnitOf(place) : undefined;
  const network = isSystem ? 'network.target' : undefined;
  const unitsOf = (names: readonly string[]): string[] =>
    names.filter((name) => snap.apps.has(name)).map((name) => serviceUnitOf(place.instance, name));
  const after = [mount, network, ...unitsOf(app.after), isSystem ? 'snapd.apparmor.service' : undefined];
  const { toolsMount, vitalityRank = 0 } = options;
  const command = (kind: string): string => `/usr/bin/snap run --command=${kind} ${commandNameOf(place, app)}`;
  const isOneshot = app.daemon === 'oneshot';
  const sections: Section[] = [
    {
      name: 'Unit',
      lines: [
        ['Description', `Service for snap application ${place.instance}.${app.name}`],
        ['Requires', mount],
        ['Wants', network],
        ['After', after.filter((unit) => unit !== undefined).join(' ')],
        ['Before', unitsOf(app.before).join(' ')],
        ['Wants', toolsMount],
        ['After', toolsMount],
        ['X-Snappy', 'yes'],
      ],
    },
    {
      name: 'Service',
      lines: [
        ['EnvironmentFile', '-/etc/environment'],
        ['ExecStart', startCommand(app, place)],
        ['SyslogIdentifier', `${place.instance}.${app.name}`],
        ['Restart', isOneshot ? 'no' : restartOf(app)],
        ['RestartSec', seconds(app.restartDelay)],
        ['SuccessExitStatus', app.successExitStatus.join(' ')],
        ['WorkingDirectory', `/var/snap/${place.instance}/${place.revision}`],
        ['ExecStop', app.stopCommand === '' ? undefined : command('stop')],
        ['ExecReload', app.reloadCommand === '' ? undefined : command('reload')],
        ['ExecStopPost', app.postStopCommand === '' ? undefined : command('post-stop')],
        ['TimeoutStopSec', seconds(app.stopTimeout || DEFAULT_STOP_TIMEOUT)],
        ['TimeoutStartSec', seconds(app.startTimeout)],
        ['Type', app.daemon],
        ['RemainAfterExit', isOneshot && app.stopCommand !== '' ? 'yes' : undefined],
        ['BusName', busNameOf(app, snap)],
        ['WatchdogSec', seconds(app.watchdogTimeout)],
        ['KillMode', app.stopMode === '' || app.stopMode.endsWith('-all') ? undefined : 'process'],
        ['KillSignal', app.stopMode.replace(/-all$/, '').toUpperCase()],
        ['OOMScoreAdjust', vitalityRank > 0 ? LEAST_OOM_SCORE + vitalityRank : undefined],
        ['Delegate', app.plugs.some((name) => delegates(snap.plugs.get(name))) ? 'true' : undefined],
      ],
    },
  ];
  // What is started by something else is not started at boot.
  if (app.sockets.size === 0 && app.timer === '' && app.activatesOn.length === 0) {
    sections.push({ name: 'Install', lines: [['WantedBy', isSystem ? 'multi-user.target' : 'default.target']] });
  }
  return unitText(sections);
}

function startCommand(app: App, place: Place): string {
  const timer = app.timer === '' ? '' : ` --timer=${quote(app.timer)}`;
  return `/usr/bin/snap run${timer} ${commandNameOf(place, app)}`;
}

function restartOf({ restartCondition }: App): string {
  return restartCondition === 'never' ? 'no' : restartCondition || 'on-failure';
}

function seconds(duration: Duration): string | undefined {
  return duration === 0 ? undefined : goText(duration / 1e9);
}

/** Of the slots that start a service the last one counts. */
function busNameOf(app: App, { slots }: SnapInfo): string | undefined {
  if (app.daemon !== 'dbus') return undefined;
  if (app.busName !== '') return app.busName;
  const name = slots.get(app.activatesOn.at(-1) ?? '')?.attrs['name'];
  return typeof name === 'string' ? name : undefined;
}

/** Interfaces of those that run containers: they manage control groups of their own. */
function delegates(plug: Plug | undefined): boolean {
  switch (plug?.interface) {
    case 'docker-support':
    case 'lxd-support':
    case 'microstack-support':
    case 'nomad-support':
      return true;
    case 'greengrass-support':
      return plug.attrs['flavor'] !== 'no-container';
    case 'kubernetes-support':
      return plug.attrs['flavor'] !== 'autobind-unix';
    default:
      return false;
  }
}
