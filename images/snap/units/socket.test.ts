import t from 'tap';
import { appOf, snapOf } from '../testing.ts';
import { socketUnit } from './socket.ts';

function unit(listenStream: string, more = '', scope = 'system'): string {
  const snap = snapOf(
    `apps: {svc: {daemon: simple, daemon-scope: ${scope}, sockets: {s: {listen-stream: "${listenStream}"${more}}}}}`,
  );
  const app = appOf(snap, 'svc');
  const socket = app.sockets.get('s');
  if (socket === undefined) throw new Error('no socket');
  return socketUnit(app, 's', socket, { instance: 'foo_k', revision: '7' });
}

t.test('The unit of a socket', async (t) => {
  t.equal(
    unit('$SNAP_COMMON/s', ', socket-mode: 0640'),
    `[Unit]
# Auto-generated, DO NOT EDIT
Description=Socket s for snap application foo_k.svc
Requires=snap-foo_k-7.mount
After=snap-foo_k-7.mount
X-Snappy=yes

[Socket]
Service=snap.foo_k.svc.service
FileDescriptorName=s
ListenStream=/var/snap/foo_k/common/s
SocketMode=0640

[Install]
WantedBy=sockets.target
`,
  );
});

t.test('A socket without a mode, of a user', async (t) => {
  const text = unit('80', '', 'user');
  t.notMatch(text, 'SocketMode');
  t.notMatch(text, 'Requires');
});

t.test('Where a socket is', async (t) => {
  const address = (given: string, scope?: string) => /ListenStream=(.*)/.exec(unit(given, '', scope))?.[1];
  t.equal(address('$SNAP_DATA/s'), '/var/snap/foo_k/7/s');
  t.equal(address('$XDG_RUNTIME_DIR/s'), '/run/user/0/snap.foo_k/s');
  t.equal(address('@snap.foo.s'), '@snap.foo.s');
  t.equal(address('[::1]:80'), '[::1]:80');
  t.equal(address('$SNAP_USER_DATA/s', 'user'), '%h/snap/foo_k/7/s');
  t.equal(address('$SNAP_USER_COMMON/s', 'user'), '%h/snap/foo_k/common/s');
  t.equal(address('$XDG_RUNTIME_DIR/s', 'user'), '%t/snap.foo_k/s');
});
