/** The launcher makes of a launch file what the agent makes of the snap's own words: for any of them. */
import { join } from 'node:path';
import t from 'tap';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { environmentAfter, ownSettings, snapSettings } from '../launch/index.ts';
import { appSettings } from '../launch/settings.ts';
import { SOURCES } from './compile.ts';
import { compileChecked, environmentIn, home, launcherDevice, uid } from './testing.ts';

const program = join(t.testdir(), 'snap');
await compileChecked(program, SOURCES);

const env = 'apps: {demo: {command: bin/env -0, environment: {LAST: "$A-$SNAP_APP_NAME"}}}';
const cases: Readonly<Record<string, string>> = {
  'nothing of its own': '',
  'values in their order': `environment: {A: "$B", B: "$SNAP/x", C: "\${A}|\${B}", A2: "$A$B$C"}`,
  'the syntax of Go': `environment:
  A: '$ $$ \${} \${A \${B} $1 $12 \${12} $- %h %u %% \\n \\\\ $NONE-\${NONE}x'
  B: '$A\${'`,
  'lines, quotes and other scripts': 'environment: {A: "one\\ntwo\\\\n = = \'\\" ä€😀", "B": "", C: "$A$A"}',
  'what the table sets':
    'environment: {PATH: "$SNAP/bin:$PATH", HOME: "$SNAP_REAL_HOME", SNAP_NAME: other, KEPT: "$KEPT+"}',
};
for (const [name, environment] of Object.entries(cases)) {
  for (const confinement of ['devmode', 'classic'] as const) {
    t.test(`${name}, ${confinement}`, async (t) => {
      const given = { PATH: '/usr/bin:/bin', HOME: '/caller', KEPT: 'yes', XDG_RUNTIME_DIR: '/run/user/1' };
      const device = await launcherDevice(t, program, given);
      const yaml = `name: demo\nbase: bookworm\nconfinement: ${confinement}\n${environment}\n${env}\n`;
      const flags = confinement === 'classic' ? { classic: true } : { devmode: true };
      const place = { instance: 'demo', revision: '7' };
      await device.install(yaml, place, { flags });
      const info = parseSnapInfo(`version: '1.0'\nsummary: s\n${yaml}`);
      const app = info.apps.get('demo');
      if (app === undefined) throw new Error('the app is missing');
      const settings = [
        ...snapSettings(info, place, 'arm64'),
        ...ownSettings(info.environment),
        ...appSettings(app),
        ...ownSettings(app.environment),
      ];
      const wanted = environmentAfter(settings, given, { home, uid, euid: uid }, () => false);
      const { out, said } = await device.snap(['run', 'demo']);
      t.equal(said, '');
      t.strictSame(environmentIn(out), wanted);
      t.equal(wanted['XDG_RUNTIME_DIR'] === given.XDG_RUNTIME_DIR, confinement === 'classic');
    });
  }
}

t.test('what grows past any bound is refused by both', async (t) => {
  const device = await launcherDevice(t, program);
  const doubling = Array.from({ length: 20 }, (_, i) => `V${i + 1}: "$V${i}$V${i}"`).join(', ');
  const yaml = `name: demo\nbase: bookworm\nconfinement: devmode\nenvironment: {V0: "${'x'.repeat(64)}", ${doubling}}\n${env}\n`;
  await device.install(yaml);
  const { code, said } = await device.snap(['run', 'demo']);
  t.equal(code, 1);
  t.equal(said, 'error: cannot run "demo": cannot put the variables into "$V10$V10": more than 128 KiB come of it\n');
  const info = parseSnapInfo(`version: '1.0'\nsummary: s\n${yaml}`);
  t.throws(() => environmentAfter(ownSettings(info.environment), {}, { home, uid, euid: uid }, () => false), {
    code: 'too-large',
    message: 'cannot put the variables into "$V10$V10": more than 128 KiB come of it',
  });
});

t.test('a value that no program can be given keeps it from being started', async (t) => {
  const device = await launcherDevice(t, program);
  await device.install(`name: demo\nbase: bookworm\nconfinement: devmode\nenvironment: {A: "a\\0b"}\n${env}\n`);
  t.match((await device.snap(['run', 'demo'])).said, /its launch file is not valid, line \d+: not understood/);
});
