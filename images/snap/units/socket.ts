import type { App, Socket } from '../model.ts';
import { mountUnitOf, type Place, serviceUnitOf } from './place.ts';
import { unitText } from './text.ts';

/** The unit of a socket that starts a service. */
export function socketUnit(app: App, name: string, socket: Socket, place: Place): string {
  const mount = app.daemonScope === 'user' ? undefined : mountUnitOf(place);
  return unitText([
    {
      name: 'Unit',
      lines: [
        ['Description', `Socket ${name} for snap application ${place.instance}.${app.name}`],
        ['Requires', mount],
        ['After', mount],
        ['X-Snappy', 'yes'],
      ],
    },
    {
      name: 'Socket',
      lines: [
        ['Service', serviceUnitOf(place.instance, app.name)],
        ['FileDescriptorName', name],
        ['ListenStream', addressOf(app, socket, place)],
        ['SocketMode', socket.mode === 0 ? undefined : socket.mode.toString(8).padStart(4, '0')],
      ],
    },
    { name: 'Install', lines: [['WantedBy', 'sockets.target']] },
  ]);
}

/** `%h` and `%t` are systemd's: the home and the runtime directory of whoever the unit runs for. */
function addressOf(app: App, { listenStream }: Socket, { instance, revision }: Place): string {
  const places: readonly (readonly [string, string])[] =
    app.daemonScope === 'user'
      ? [
          ['$SNAP_USER_DATA', `%h/snap/${instance}/${revision}`],
          ['$SNAP_USER_COMMON', `%h/snap/${instance}/common`],
          ['$XDG_RUNTIME_DIR', `%t/snap.${instance}`],
        ]
      : [
          ['$SNAP_DATA', `/var/snap/${instance}/${revision}`],
          ['$XDG_RUNTIME_DIR', `/run/user/0/snap.${instance}`],
          ['$SNAP_COMMON', `/var/snap/${instance}/common`],
        ];
  return places.reduce((address, [variable, path]) => address.replaceAll(variable, path), listenStream);
}
