import { isService, type SnapInfo } from '../model.ts';
import type { Pick } from './calendar.ts';
import { type Place, serviceUnitOf, socketUnitOf, timerUnitOf, unitFolderOf } from './place.ts';
import { type ServiceOptions, serviceUnit } from './service.ts';
import { socketUnit } from './socket.ts';
import { timerUnit } from './timer.ts';

export type { Pick } from './calendar.ts';
export {
  commandNameOf,
  escapePath,
  mountUnitOf,
  type Place,
  securityTagOf,
  serviceUnitOf,
  socketUnitOf,
  timerUnitOf,
  unitFolderOf,
} from './place.ts';
export { type ServiceOptions, serviceUnit } from './service.ts';
export { socketUnit } from './socket.ts';
export { timerUnit } from './timer.ts';

const anyOf: Pick = (count) => Math.floor(Math.random() * count);

/**
 * All units of the services, sockets and timers of a snap that was found valid: text by absolute path. `pick` chooses the
 * moments of timers that leave a choice.
 */
export function unitsOf(
  snap: SnapInfo,
  place: Place,
  options: ServiceOptions = {},
  pick: Pick = anyOf,
): ReadonlyMap<string, string> {
  const units = new Map<string, string>();
  for (const app of snap.apps.values()) {
    if (!isService(app)) continue;
    const folder = unitFolderOf(app.daemonScope);
    units.set(`${folder}/${serviceUnitOf(place.instance, app.name)}`, serviceUnit(app, snap, place, options));
    for (const [name, socket] of app.sockets) {
      units.set(`${folder}/${socketUnitOf(place.instance, app.name, name)}`, socketUnit(app, name, socket, place));
    }
    if (app.timer !== '') {
      units.set(`${folder}/${timerUnitOf(place.instance, app.name)}`, timerUnit(app, place, pick));
    }
  }
  return units;
}
