import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { type SessionKind, Talk } from './worker-talk.ts';
import { areWorkersBusy, talkTo } from './workers.ts';

t.test('who talks to a session that ends hears of it', async (t) => {
  // No session of this kind: the other side fails over it.
  const talk = talkTo('nothing' as SessionKind);
  t.ok(talk instanceof Talk);
  t.ok(areWorkersBusy());
  await t.rejects(talk.hear(), { name: 'TalkEnded', message: /^cannot go on/ });
  await t.rejects(talk.hear(), { name: 'TalkEnded' }, 'and again');
  while (areWorkersBusy()) await turn();
  t.pass('and nothing is left of it');
});
