import type { App } from '../model.ts';
import { parseSchedules } from '../schedule/parse.ts';
import { calendarOf, type Pick } from './calendar.ts';
import { mountUnitOf, type Place, serviceUnitOf } from './place.ts';
import { unitText } from './text.ts';

/** The unit of the timer of a service that was found valid. */
export function timerUnit(app: App, place: Place, pick: Pick): string {
  const mount = app.daemonScope === 'user' ? undefined : mountUnitOf(place);
  return unitText([
    {
      name: 'Unit',
      lines: [
        ['Description', `Timer ${app.name} for snap application ${place.instance}.${app.name}`],
        ['Requires', mount],
        ['After', mount],
        ['X-Snappy', 'yes'],
      ],
    },
    {
      name: 'Timer',
      lines: [
        ['Unit', serviceUnitOf(place.instance, app.name)],
        ...calendarOf(parseSchedules(app.timer), pick).map((event) => ['OnCalendar', event] as const),
      ],
    },
    { name: 'Install', lines: [['WantedBy', 'timers.target']] },
  ]);
}
