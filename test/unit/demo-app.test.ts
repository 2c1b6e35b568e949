/** The app of the demo: every broken promise is told. */
import t from 'tap';
import { CASES } from '../demo/cases.ts';
import { brokenStep, seenLines } from '../demo/promise-app.ts';
import { APP_LIFE } from '../machine/lab/app-life.ts';
import { APP_GONE, appRunning } from '../machine/lab/app-seen.ts';

const promised = appRunning({ x2: ['1 x1', '2 x2'], x1: ['1 x1'] }, [
  ...['version 2', 'starts: 1 x1', 'starts: 2 x2', 'starts of all: 1 x1', 'note: a', 'own note: a'],
]);
const step = { title: 'refreshed: with its data', commands: [], promised };
const well = { status: 0, output: '' };

t.test('a step that went as promised breaks no promise', async (t) => {
  t.same(brokenStep(step, well, promised), []);
  t.same(brokenStep({ ...step, fails: /no/ }, { status: 1, output: 'it says no' }, promised), []);
});

t.test('what is not as promised is told', async (t) => {
  t.same(brokenStep(step, { status: 1, output: '\x1b[Kerror: why\r\n' }, promised), [
    'refreshed: it fails: error: why',
  ]);
  t.same(brokenStep({ ...step, fails: /no/ }, well, promised), ['refreshed: it does not fail']);
  t.match(brokenStep({ ...step, fails: /no/ }, { status: 1, output: 'why' }, promised), [/fails without \/no\/: why/]);
  for (const key of Object.keys(promised)) {
    const [told, more] = brokenStep(step, well, { ...promised, [key]: ['other'] });
    t.equal(told?.startsWith(`refreshed: ${key} is ["other"], not `), true, key);
    t.equal(more, undefined);
  }
});

t.test('what the device shows, for people', async (t) => {
  t.same(seenLines(promised), [
    'x2 is current, x1 kept; its service is active as x2',
    'its diary: starts 1 x1, 2 x2; of all revisions 1 x1; notes a',
  ]);
  t.same(seenLines(APP_GONE), ['neither mounts nor data, units or commands of it']);
  t.notMatch(seenLines({ ...promised, mounted: ['x2'] })[0], /kept/);
});

t.test('it is the last case, and each of its steps says what was done', async (t) => {
  t.equal(CASES.at(-1)?.kind, 'app-life', 'so that nothing of it is there while systems are tried');
  t.ok(APP_LIFE.every(({ title }) => /^[^:]+: ./.test(title)));
});
