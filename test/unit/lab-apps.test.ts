/** What the lab makes of what a device shows of its app. */
import t from 'tap';
import { APP_LIFE } from '../machine/lab/app-life.ts';
import { APP_GONE, appRunning, parseSeen } from '../machine/lab/app-seen.ts';

t.test('an app that runs, as its device shows it', async (t) => {
  const text = [
    ...['links:x2', 'links:x2', 'mounted:x1', 'mounted:x2'],
    ...['data:common', 'data:current', 'data:x1', 'data:x2', 'own:x2', 'own:common', 'own:current', 'own:x1'],
    ...['files:x1.snap', 'files:x2.snap', 'units:snap.diary.keeper.service', 'units:snap-diary-x2.mount'],
    ...[
      'units:snap-diary-x1.mount',
      'starts:x1=1 x1',
      'starts:x2=1 x1',
      'starts:x2=2 x2',
      'service:active',
      'service:x2',
    ],
    ...['diary:', 'version 2', 'diary: is one of its words', ''],
  ].join('\n');
  const wanted = appRunning({ x2: ['1 x1', '2 x2'], x1: ['1 x1'] }, ['version 2', 'diary: is one of its words']);
  t.strictSame(parseSeen(text), wanted);
  t.strictSame(parseSeen(`unfinished:.x2.holdfast~\nfailed:a.service\n${text}`), {
    ...wanted,
    ...{ unfinished: ['.x2.holdfast~'], failed: ['a.service'] },
  });
});

t.test('what is promised of it can be compared as text', async (t) => {
  const [one, other] = [appRunning({ x2: ['b'], x1: ['a'] }, []), appRunning({ x1: ['a'], x2: ['b'] }, [])];
  t.equal(JSON.stringify(one.starts), JSON.stringify(other.starts));
  t.not(one.links[0], other.links[0], 'the first is the one that runs');
});

t.test('a device without the app', async (t) => {
  t.strictSame(parseSeen('links:\nlinks:\nservice:inactive\nservice:\ndiary:\n\n'), APP_GONE);
});

t.test('each step of its life promises something else', async (t) => {
  const all = APP_LIFE.map(({ promised }) => JSON.stringify(promised));
  t.equal(new Set(all).size, all.length);
});
