import t from 'tap';
import { complaintAbout } from '../testing.ts';

const SERVICES = 'other: {daemon: simple}, user: {daemon: simple, daemon-scope: user}, tool: {command: x}';

/** What is wrong with an app `a` beside these, without the words around it. */
function complaint(app: string, more = ''): string | undefined {
  const said = complaintAbout(`apps: {a: {${app}}, ${SERVICES}}\n${more}`);
  return said?.replace('bad-app: invalid definition of application "a": ', '');
}

const good: readonly string[] = [
  'command: bin/a -x $SNAP/y --z:1',
  'command-chain: [bin/a, $SNAP/b]',
  'daemon: simple, restart-condition: always, restart-delay: 1s',
  'daemon: forking, stop-mode: sigusr2-all, refresh-mode: endure, install-mode: disable',
  'daemon: oneshot, after: [other]',
  'daemon: dbus, bus-name: a.b',
  'daemon: notify, start-timeout: 1s, stop-timeout: 1s, watchdog-timeout: 1s',
  'daemon: simple, timer: mon',
  'daemon: simple, success-exit-status: [1, 255]',
  'refresh-mode: ignore-running',
];
for (const app of good) {
  t.test(`An app with ${app} is good`, async (t) => {
    t.equal(complaint(app), undefined);
  });
}

const field = (name: string, text: string, legal = '[A-Za-z0-9/. _#:$-]') =>
  `app description field '${name}' contains illegal ${JSON.stringify(text)} (legal: '^${legal}*$')`;

const bad: readonly [app: string, complaint: string][] = [
  ['daemon: odd', '"daemon" field contains invalid value "odd"'],
  ['daemon-scope: user', '"daemon-scope" can only be set for daemons'],
  ['command: a;b', field('command', 'a;b')],
  ['stop-command: "a\'b"', field('stop-command', "a'b")],
  ['reload-command: a`b', field('reload-command', 'a`b')],
  ['post-stop-command: a|b', field('post-stop-command', 'a|b')],
  ['bus-name: a@b', field('bus-name', 'a@b')],
  ['command-chain: [x, a b]', field('command-chain', 'a b', '[A-Za-z0-9/._#:$-]')],
  ['activates-on: [bus]', 'activates-on is only applicable to services'],
  ['restart-delay: 1s', 'restart-delay is only applicable to services'],
  ['daemon: simple, restart-delay: -1s', 'restart-delay cannot be negative'],
  ['restart-condition: always', 'restart-condition is only applicable to services'],
  ['after: [other]', 'must be a service to define before/after ordering'],
  ['before: [other]', 'must be a service to define before/after ordering'],
  ['daemon: simple, after: [none]', 'before/after references a missing application "none"'],
  ['daemon: simple, before: [tool]', 'before/after references a non-service application "tool"'],
  ['daemon: simple, after: [user]', 'before/after references service with different daemon-scope "user"'],
  ['start-timeout: 1s', 'start-timeout is only applicable to services'],
  ['daemon: simple, stop-timeout: -1s', 'stop-timeout cannot be negative'],
  ['watchdog-timeout: 1s', 'watchdog-timeout is only applicable to services'],
  ['success-exit-status: [1]', 'success exit status is only applicable to services'],
  ['daemon: simple, success-exit-status: [0]', 'exit code must be an integer in range 1 to 255'],
  ['daemon: simple, success-exit-status: [256]', 'exit code must be an integer in range 1 to 255'],
  ['daemon: simple, success-exit-status: [x]', 'exit code must be an integer in range 1 to 255'],
  ['daemon: simple, stop-mode: sigkill', '"stop-mode" field contains invalid value "sigkill"'],
  ['refresh-mode: never', '"refresh-mode" field contains invalid value "never"'],
  ['daemon: simple, install-mode: later', '"install-mode" field contains invalid value "later"'],
  ['stop-mode: sigterm', '"stop-mode" cannot be used for "a", only for services'],
  ['refresh-mode: endure', '"refresh-mode" for app "a" can only have value "ignore-running"'],
  ['daemon: simple, refresh-mode: ignore-running', '"refresh-mode" cannot be set to "ignore-running" for services'],
  ['install-mode: enable', '"install-mode" cannot be used for "a", only for services'],
  ['timer: mon', 'timer is only applicable to services'],
  ['daemon: simple, timer: never', 'timer has invalid format: cannot parse "never": "never" is not a valid weekday'],
  [
    'daemon: simple, sockets: {s: {listen-stream: 80}}',
    '"network-bind" interface plug is required when sockets are used',
  ],
];
for (const [app, said] of bad) {
  t.test(`An app with ${app} is refused`, async (t) => {
    t.equal(complaint(app, 'slots: {bus: {interface: dbus, bus: system, name: a.b}}'), said);
  });
}

t.test('A service is activated on slots of D-Bus, each by one alone', async (t) => {
  const on = (app: string, slot: string) =>
    complaint(`daemon: dbus, activates-on: [bus], ${app}`, `slots: {bus: ${slot}}`);
  const system = '{interface: dbus, bus: system, name: a.b}';
  const invalid = 'invalid activates-on value "bus":';
  t.equal(on('', system), undefined);
  t.equal(on('daemon-scope: user', system.replace('system', 'session')), undefined);
  t.equal(on('', 'mpris'), `${invalid} slot does not use dbus interface`);
  t.equal(on('daemon-scope: user', system), `${invalid} bus "system" does not match daemon-scope "user"`);
  t.equal(
    complaintAbout(
      `slots: {bus: ${system}}\napps: {a: {daemon: dbus, activates-on: [bus]}, b: {daemon: dbus, activates-on: [bus]}}`,
    ),
    `bad-app: invalid definition of application "a": ${invalid} slot is also activatable on app "b"`,
  );
});
