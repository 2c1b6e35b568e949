/** Apps and services as snapd's API shows them (`rest-api.md` §5.2). Pure. */
import { type App, isService, type SnapInfo } from '../../images/snap/index.ts';
import { serviceUnitOf, socketUnitOf, timerUnitOf } from '../../images/snap/units/index.ts';
import type { SnapRecord } from '../snaps/record/model.ts';
import type { SnapUnits } from './snap-desk.ts';

/** By name. @param isLinked false for a revision whose apps nobody can call now */
export function appObjects(info: SnapInfo, { instance }: SnapRecord, isLinked: boolean, units: SnapUnits) {
  return [...info.apps.values()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((app) => ({
      snap: instance,
      name: app.name,
      ...(app.commonId === '' ? {} : { 'common-id': app.commonId }),
      ...(isService(app) ? serviceFields(instance, app, isLinked, units) : {}),
    }));
}

export type AppObject = ReturnType<typeof appObjects>[number];

function serviceFields(instance: string, app: App, isLinked: boolean, units: SnapUnits) {
  const state = (unit: string) => ({
    active: isLinked && units.active.has(unit),
    enabled: isLinked && units.enabled.has(unit),
  });
  const sockets = [...app.sockets.keys()].map((name) => {
    return { name, type: 'socket', ...state(socketUnitOf(instance, app.name, name)) };
  });
  const timers = app.timer === '' ? [] : [{ name: app.name, type: 'timer', ...state(timerUnitOf(instance, app.name)) }];
  const buses = app.activatesOn.map((name) => ({ name, type: 'dbus', active: isLinked, enabled: isLinked }));
  const activators = [...sockets, ...timers, ...buses];
  const own = state(serviceUnitOf(instance, app.name));
  return {
    daemon: app.daemon,
    'daemon-scope': app.daemonScope === '' ? 'system' : app.daemonScope,
    active: own.active,
    // What something else starts is enabled where that is.
    enabled: own.enabled || activators.some(({ enabled }) => enabled),
    ...(activators.length === 0 ? {} : { activators }),
  };
}
