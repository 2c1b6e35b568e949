import t from 'tap';
import { appOf, snapOf } from '../testing.ts';
import { type ServiceOptions, serviceUnit } from './service.ts';

const PLACE = { instance: 'foo', revision: '7' };

function unit(app: string, more = '', options: ServiceOptions = {}, place = PLACE): string {
  const snap = snapOf(`apps: {svc: {${app}}, b: {daemon: simple}, c: {daemon: simple}}\n${more}`);
  return serviceUnit(appOf(snap, 'svc'), snap, place, options);
}

const linesOf = (text: string, directive: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${directive}=`))
    .map((line) => line.slice(directive.length + 1));

t.test('The unit of a plain service', async (t) => {
  t.equal(
    unit('daemon: simple, command: bin/svc'),
    `[Unit]
# Auto-generated, DO NOT EDIT
Description=Service for snap application foo.svc
Requires=snap-foo-7.mount
Wants=network.target
After=snap-foo-7.mount network.target snapd.apparmor.service
X-Snappy=yes

[Service]
EnvironmentFile=-/etc/environment
ExecStart=/usr/bin/snap run foo.svc
SyslogIdentifier=foo.svc
Restart=on-failure
WorkingDirectory=/var/snap/foo/7
TimeoutStopSec=30
Type=simple

[Install]
WantedBy=multi-user.target
`,
  );
});

t.test('The unit of a service with everything', async (t) => {
  const app = `daemon: dbus, bus-name: org.example.Svc, stop-command: s, reload-command: r, post-stop-command: p,
    stop-timeout: 1m30s, start-timeout: 500ms, watchdog-timeout: 2h, restart-delay: 1.5s, restart-condition: never,
    stop-mode: sigint, after: [b], before: [c, b], success-exit-status: [3, 4], plugs: [docker-support]`;
  t.equal(
    unit(app, '', { vitalityRank: 2, toolsMount: 'usr-lib-snapd.mount' }, { instance: 'foo_k', revision: 'x1' }),
    `[Unit]
# Auto-generated, DO NOT EDIT
Description=Service for snap application foo_k.svc
Requires=snap-foo_k-x1.mount
Wants=network.target
After=snap-foo_k-x1.mount network.target snap.foo_k.b.service snapd.apparmor.service
Before=snap.foo_k.c.service snap.foo_k.b.service
Wants=usr-lib-snapd.mount
After=usr-lib-snapd.mount
X-Snappy=yes

[Service]
EnvironmentFile=-/etc/environment
ExecStart=/usr/bin/snap run foo_k.svc
SyslogIdentifier=foo_k.svc
Restart=no
RestartSec=1.5
SuccessExitStatus=3 4
WorkingDirectory=/var/snap/foo_k/x1
ExecStop=/usr/bin/snap run --command=stop foo_k.svc
ExecReload=/usr/bin/snap run --command=reload foo_k.svc
ExecStopPost=/usr/bin/snap run --command=post-stop foo_k.svc
TimeoutStopSec=90
TimeoutStartSec=0.5
Type=dbus
BusName=org.example.Svc
WatchdogSec=7200
KillMode=process
KillSignal=SIGINT
OOMScoreAdjust=-898
Delegate=true

[Install]
WantedBy=multi-user.target
`,
  );
});

t.test('A service of users knows no mount and no network', async (t) => {
  const text = unit('daemon: simple, daemon-scope: user');
  t.same(linesOf(text, 'Requires'), []);
  t.same(linesOf(text, 'Wants'), []);
  t.same(linesOf(text, 'After'), []);
  t.same(linesOf(text, 'WantedBy'), ['default.target']);
});

t.test('What is started by something else is not started at boot', async (t) => {
  const bus = 'slots: {bus: {interface: dbus, bus: system, name: org.example.Bus}}';
  t.notMatch(unit('daemon: simple, sockets: {s: {listen-stream: 80}}'), '[Install]');
  t.notMatch(unit('daemon: simple, timer: mon'), '[Install]');
  const activated = unit('daemon: dbus, activates-on: [bus]', bus);
  t.notMatch(activated, '[Install]');
  t.same(linesOf(activated, 'BusName'), ['org.example.Bus']);
  t.same(linesOf(unit('daemon: simple, bus-name: a.b'), 'BusName'), [], 'only services of type dbus have a bus name');
  t.same(linesOf(unit('daemon: simple, timer: "mon,9:00"'), 'ExecStart'), [
    '/usr/bin/snap run --timer="mon,9:00" foo.svc',
  ]);
});

t.test('A oneshot service is never restarted, and stays where it has to be stopped', async (t) => {
  const text = unit('daemon: oneshot, restart-condition: always');
  t.same(linesOf(text, 'Restart'), ['no']);
  t.same(linesOf(text, 'RemainAfterExit'), []);
  t.same(linesOf(unit('daemon: oneshot, stop-command: s'), 'RemainAfterExit'), ['yes']);
});

t.test('How a service is stopped', async (t) => {
  const kill = (mode: string) =>
    ['KillMode', 'KillSignal'].flatMap((key) => linesOf(unit(`daemon: simple, ${mode}`), key));
  t.same(kill('stop-mode: ~'), []);
  t.same(kill('stop-mode: sigterm'), ['process', 'SIGTERM']);
  t.same(kill('stop-mode: sigusr1-all'), ['SIGUSR1']);
});

t.test('Services with containers manage their control groups', async (t) => {
  const delegate = (plug: string) => linesOf(unit('daemon: simple, plugs: [x]', `plugs: {x: ${plug}}`), 'Delegate');
  for (const plug of [
    'docker-support',
    'lxd-support',
    'microstack-support',
    'nomad-support',
    'greengrass-support',
    '{interface: greengrass-support, flavor: legacy-container}',
    '{interface: kubernetes-support, flavor: kubelet}',
  ])
    t.same(delegate(plug), ['true'], plug);
  for (const plug of [
    'network',
    '{interface: greengrass-support, flavor: no-container}',
    '{interface: kubernetes-support, flavor: autobind-unix}',
  ])
    t.same(delegate(plug), [], plug);
});
