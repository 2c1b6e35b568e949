import t from 'tap';
import { parseSnapInfo } from '../info.ts';
import { complaintAbout, complaintOf, HEAD } from '../testing.ts';
import { unitsOf } from '../units/index.ts';

const place = { instance: 'foo', revision: '7' };

/** What is wrong with a snap, as whoever installs it is told. */
function complaint(lines: string): string | undefined {
  return complaintOf(() => parseSnapInfo(HEAD + lines));
}

const commands = ['command', 'stop-command', 'reload-command', 'post-stop-command'];
const outside = ['..', '../bin/sh', 'bin/../../bin/sh', '/../../bin/sh', 'bin/..', '../../../usr/bin/env x', './../x'];

t.test('No command of an app is outside of its snap', async (t) => {
  for (const path of outside) {
    const said = `bad-app: snap is unusable due to missing files: "${path.split(' ')[0]}" of app "a" leads out of the snap`;
    for (const key of commands) {
      const lines = `apps: {a: {daemon: simple, ${key}: "${path}"}}`;
      t.equal(complaintAbout(lines), undefined, `${key}: ${path}: snapd finds it valid`);
      t.equal(complaint(lines), said);
    }
  }
});

t.test('Nothing of a command chain is', async (t) => {
  for (const path of outside.filter((path) => !path.includes(' '))) {
    const chain = `command-chain: [bin/good, "${path}"]`;
    const said = (whose: string) =>
      `snap is unusable due to missing files: "${path}" of ${whose} leads out of the snap`;
    t.equal(complaint(`apps: {a: {command: bin/a, ${chain}}}`), `bad-app: ${said('app "a"')}`);
    t.equal(complaint(`hooks: {configure: {${chain}}}`), `bad-hook: ${said('hook "configure"')}`);
  }
});

t.test('A path that begins at the root is one in the snap; what only looks like a way out is none', async (t) => {
  for (const path of ['/bin/sh', './bin/a', 'bin/..a', 'bin/a..', '...', 'bin/a ../x', '$SNAP/bin/a']) {
    t.equal(complaint(`apps: {a: {command: "${path}"}}`), undefined, path);
  }
});

t.test('Names of apps, hooks and sockets do not lead out', async (t) => {
  for (const name of ['../a', '/a', 'a/b', '..', 'a\\nb', 'a b', '']) {
    const key = JSON.stringify(name).replace('\\\\n', '\\n');
    t.match(complaint(`apps: {${key}: {command: bin/a}}`), /^bad-app: .*as app name/s, name);
    // A name that no hook has is left out, as in snapd.
    t.strictSame(parseSnapInfo(`${HEAD}hooks: {${key}: {command-chain: [bin/a]}}`).hooks.size, 0, name);
    t.match(
      complaint(`apps: {a: {daemon: simple, plugs: [network-bind], sockets: {${key}: {listen-stream: $SNAP_DATA/s}}}}`),
      /^bad-app: .*invalid socket name/s,
      name,
    );
  }
});

t.test('A hook whose name begins like one that is known does not lead out either', async (t) => {
  t.equal(complaint('hooks: {change-view-../../a: {}}'), 'bad-hook: invalid hook name: "change-view-../../a"');
});

t.test('An icon is nothing that is read, wherever it is said to be', async (t) => {
  for (const icon of ['../../etc/shadow', '/etc/shadow']) t.equal(complaint(`icon: ${icon}`), undefined);
});

/** All that a unit of a snap may say; what it starts is always the launcher. */
const line =
  /^$|^\[(Unit|Service|Socket|Timer|Install)\]$|^# Auto-generated, DO NOT EDIT$|^Exec(Start|Stop|Reload|StopPost)=\/usr\/bin\/snap run( --command=(stop|reload|post-stop)| --timer="[^"\\]*")? foo\.a$|^(Description|Requires|Wants|After|Before|X-Snappy|EnvironmentFile|SyslogIdentifier|Restart|RestartSec|SuccessExitStatus|WorkingDirectory|TimeoutStopSec|TimeoutStartSec|Type|RemainAfterExit|BusName|WatchdogSec|KillMode|KillSignal|Delegate|Service|FileDescriptorName|ListenStream|SocketMode|Unit|OnCalendar|WantedBy)=/;

t.test('No text of an app brings a line of its own into a unit', async (t) => {
  const evil = '\\nExecStartPre=/bin/sh -c evil\\n';
  const apps = [
    ...[...commands, 'bus-name', 'common-id', 'completer', 'stop-mode'].map((key) => `${key}: "a${evil}"`),
    ...['after', 'before', 'success-exit-status', 'activates-on', 'aliases'].map((key) => `${key}: ["1${evil}"]`),
    ...['mon', 'mon,', '00:00-', 'mon '].map((timer) => `timer: "${timer}${evil}"`),
    ...['$SNAP_DATA/s', '$SNAP_COMMON/s', '$XDG_RUNTIME_DIR/s', '@snap.foo.s', '80', '127.0.0.1:'].map(
      (address) => `sockets: {s: {listen-stream: "${address}${evil}"}}`,
    ),
    `sockets: {s: {listen-stream: "$SNAP_DATA/a\\rb"}}`,
    `environment: {"A${evil}": "b${evil}"}`,
    'timer: "mon,10:00", stop-command: bin/stop',
  ];
  let units = 0;
  for (const app of apps) {
    const lines = `apps: {a: {daemon: dbus, bus-name: a.b, plugs: [network-bind], ${app}}}`.replace(
      /bus-name: a\.b, (.*bus-name)/,
      '$1',
    );
    const said = complaint(lines);
    if (said !== undefined) {
      t.match(said, /^bad-/, app);
      continue;
    }
    for (const [path, text] of unitsOf(parseSnapInfo(HEAD + lines), place)) {
      units += 1;
      for (const each of text.split('\n')) t.match(each, line, `${app}: ${path}`);
    }
  }
  t.ok(units > 3);
});
