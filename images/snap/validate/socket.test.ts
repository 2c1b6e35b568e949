import t from 'tap';
import type { DaemonScope } from '../model.ts';
import { complaintAbout } from '../testing.ts';
import { socketProblem } from './socket.ts';

const problem = (listenStream: string, scope: DaemonScope | '' = 'system', name = 's', mode = 0) =>
  socketProblem('foo', scope, name, { listenStream, mode });

t.test('A socket is a path of the snap, its own abstract name, or a port', async (t) => {
  const good: readonly [address: string, scope?: DaemonScope][] = [
    ['$SNAP_DATA/s'],
    ['$SNAP_COMMON/a/s'],
    ['$XDG_RUNTIME_DIR/s'],
    ['$SNAP_USER_DATA/s', 'user'],
    ['$SNAP_USER_COMMON/s', 'user'],
    ['$XDG_RUNTIME_DIR/s', 'user'],
    ['@snap.foo.s'],
    ['1'],
    ['65535'],
    ['127.0.0.1:80'],
    ['[::1]:80'],
    ['[::]:80'],
  ];
  for (const [address, scope] of good) t.equal(problem(address, scope), undefined, address);
  const places = 'must have a prefix of $SNAP_DATA, $SNAP_COMMON or $XDG_RUNTIME_DIR';
  const userPlaces = 'must have a prefix of $SNAP_USER_DATA, $SNAP_USER_COMMON, or $XDG_RUNTIME_DIR';
  const bad: readonly [address: string, scope: DaemonScope | '', said: string][] = [
    ['', 'system', '"listen-stream" is not defined'],
    ['$SNAP_DATA//s', 'system', 'invalid "listen-stream": "$SNAP_DATA//s" should be written as "$SNAP_DATA/s"'],
    ['/run/s', 'system', `invalid "listen-stream": system daemon sockets ${places}`],
    ['$SNAP_USER_DATA/s', 'system', `invalid "listen-stream": system daemon sockets ${places}`],
    ['$SNAP_DATA/s', 'user', `invalid "listen-stream": user daemon sockets ${userPlaces}`],
    ['/run/s', '', 'invalid "listen-stream": cannot validate sockets for daemon-scope ""'],
    ['@snap.bar.s', 'system', 'path for "listen-stream" must be prefixed with "@snap.foo."'],
    ['0', 'system', 'invalid "listen-stream" port number "0"'],
    ['65536', 'system', 'invalid "listen-stream" port number "65536"'],
    ['http', 'system', 'invalid "listen-stream" port number "http"'],
    ['[::]:', 'system', 'invalid "listen-stream" port number ""'],
    ['1.2.3.4:80', 'system', 'invalid "listen-stream" address "1.2.3.4", must be one of: 127.0.0.1, [::1], [::]'],
  ];
  for (const [address, scope, said] of bad) t.equal(problem(address, scope), said, address);
});

t.test('A socket has a name and perhaps a mode', async (t) => {
  t.equal(problem('80', 'system', '0-a', 0o777), undefined);
  t.equal(problem('80', 'system', 'A'), 'invalid socket name: "A"');
  t.equal(problem('80', 'system', '12'), 'invalid socket name: "12"');
  t.equal(problem('80', 'system', 's', 0o1777), 'cannot use mode: 1777');
});

t.test('The complaint says which socket', async (t) => {
  t.equal(
    complaintAbout('apps: {a: {daemon: simple, plugs: [network-bind], sockets: {s: {listen-stream: x}}}}'),
    'bad-app: invalid definition of application "a": invalid definition of socket "s": invalid "listen-stream" port number "x"',
  );
});
