/** The services of a snap with the units that belong to each, and which of them start by themselves. Pure. */
import { type App, type DaemonScope, type SnapInfo, sortServices } from '../../../images/snap/index.ts';
import { serviceUnitOf, socketUnitOf, timerUnitOf } from '../../../images/snap/units/index.ts';
import type { Entries } from './entries.ts';
import { unitFolder, userUnitFolder, wantsLinkOf } from './places.ts';

export interface Service {
  readonly app: App;
  readonly scope: DaemonScope;
  /** The unit of the service itself. */
  readonly unit: string;
  /** The units of its sockets and its timer. */
  readonly activators: readonly string[];
  /** Something else starts it: it starts neither at boot nor with its snap. */
  readonly isActivated: boolean;
}

/** In the order in which they start. */
export function servicesOf(info: SnapInfo, instance: string): Service[] {
  return sortServices(info).map((app) => {
    const sockets = [...app.sockets.keys()].map((socket) => socketUnitOf(instance, app.name, socket));
    const activators = app.timer === '' ? sockets : [...sockets, timerUnitOf(instance, app.name)];
    return {
      app,
      scope: app.daemonScope === 'user' ? 'user' : 'system',
      unit: serviceUnitOf(instance, app.name),
      activators,
      isActivated: activators.length > 0 || app.activatesOn.length > 0,
    };
  });
}

/** The units that are enabled where the service is, and started with the snap. */
export function startsOf({ unit, activators, isActivated }: Service): readonly string[] {
  return isActivated ? activators : [unit];
}

/** The links by which the service, or what activates it, starts at boot; none for what only a bus starts. */
export function enabledEntries(service: Service): Entries {
  const folder = service.scope === 'user' ? userUnitFolder : unitFolder;
  return Object.fromEntries(
    startsOf(service).map((unit) => [wantsLinkOf(unit, service.scope), { link: `${folder}/${unit}` }]),
  );
}
