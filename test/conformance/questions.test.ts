/** Questions of our own, one of each topic: what is equal, what differs on purpose, what does not, and what is not built. */
import t from 'tap';
import type { CaseReport } from './kind.ts';
import { judgeQuestion, questions } from './questions.ts';

const ask = (question: readonly string[], answer: Readonly<Record<string, unknown>>): CaseReport =>
  judgeQuestion('own', { question, answer });

const named = (kind: string, input: string, error: string | null, value: unknown = null): CaseReport =>
  ask(['names', kind, input], { error, input, kind, value });

t.test('names', async (t) => {
  t.equal(named('snap', 'pc-kernel', null).equal, 1);
  t.equal(named('snap', 'x', 'invalid snap name: "x"').equal, 1);
  t.equal(named('instance', 'lxd_two', null, ['lxd', 'two']).equal, 2);
  t.equal(named('version', '', 'invalid snap version: cannot be empty').equal, 1);
  t.equal(named('license', 'MIT', null).equal, 1);
  for (const kind of ['app', 'plug', 'slot', 'interface', 'hook', 'alias']) {
    t.equal(named(kind, 'good', null).equal, 1, kind);
    t.equal(named(kind, '-bad', 'invalid').equal, 1, kind);
    t.equal(named(kind, '-bad', null).unmatched.length, 1, kind);
  }
  t.same(named('moon', 'x', null).notBuilt, ['names of the kind moon']);
  t.match(named('snap', 'good', 'invalid snap name: "good"').unmatched, [
    /error: snapd "invalid snap name.*, ours null/,
  ]);
});

t.test('file names', async (t) => {
  const value = (instance: string, revision: string) => ({ instance, revision });
  t.equal(named('filename', 'lxd_7.snap', null, value('lxd', '7')).equal, 1);
  t.equal(named('filename', 'lxd', 'bad').equal, 1);
  t.same(named('filename', 'LXD_7.snap', null, value('LXD', '7')).intended, ['only what a snap file is called']);
  t.same(named('filename', 'lxd_07.snap', null, value('lxd', '7')).intended, ['only what a snap file is called']);
  t.same(named('filename', 'lxd_two_7.snap', "too many '_'").intended, ['files of parallel instances']);
  t.equal(named('filename', 'lxd_7.snap', null, value('lxd', '8')).unmatched.length, 1);
  t.equal(named('filename', 'lxd_7.snap', 'bad').unmatched.length, 1);
});

t.test('revisions', async (t) => {
  t.equal(ask(['revision', 'x3'], { error: null, input: 'x3', n: -3, string: 'x3' }).equal, 1);
  t.equal(ask(['revision', '0'], { error: 'bad', input: '0', n: 0, string: 'unset' }).equal, 1);
  t.equal(ask(['revision', '0'], { error: null, input: '0', n: 0, string: '0' }).unmatched.length, 1);
});

t.test('epochs', async (t) => {
  const epochs = [
    { error: null, input: '"2*"', read: [1, 2], write: [2], string: '2*' },
    { error: null, input: '{"read":[1]}', read: [1], write: [1], string: '1' },
  ];
  const asked = ['epoch', '"2*"', '{"read":[1]}'];
  t.equal(ask(asked, { epochs, can_read: true, equal: false }).equal, 8);
  t.equal(ask(asked, { epochs, can_read: false, equal: false }).unmatched.length, 1);
  const none = { error: 'json: no', input: '7', read: null, write: null, string: '0' };
  t.equal(ask(['epoch', '7'], { epochs: [none] }).equal, 3);
});

t.test('channels', async (t) => {
  const full = (input: string, of: string, error: string | null) =>
    ask(['channel', input], { full: of, full_error: null, input, parse: { error }, verbatim: {} });
  t.equal(full('edge', 'latest/edge', null).equal, 2);
  t.equal(full('edge', 'edge', null).unmatched.length, 1);
  const resolve = (how: string, a: string, b: string, result: string | undefined) =>
    ask(['channel', how, a, b], { a, b, result: result ?? '', error: result === undefined ? 'bad' : null });
  t.equal(resolve('resolve', '20/stable', 'edge', '20/edge').equal, 1);
  t.equal(resolve('resolvepinned', '20', 'edge', '20/edge').equal, 1);
  t.same(resolve('resolve', '20/stable', '20//x', '20//x').intended, ['what is no channel is not followed']);
  t.same(resolve('resolve', 'a/b/c/d', 'edge', undefined).intended, ['an old channel that is none is replaced']);
  t.equal(resolve('resolve', '20/stable', 'edge', 'edge').unmatched.length, 1);
  t.equal(resolve('resolve', '20/stable', 'edge', undefined).unmatched.length, 1);
});

t.test('timers', async (t) => {
  t.equal(ask(['refreshtimer', 'mon,9:00'], { error: null, schedules: ['mon,09:00'] }).equal, 2);
  t.same(ask(['refreshtimer', 'mon,9:00', 'now', 'last'], { error: null, schedules: ['mon,09:00'] }).notBuilt, [
    'refresh windows',
  ]);
  t.equal(ask(['refreshtimer', 'x'], { error: 'cannot parse "x": "x" is not a valid weekday' }).equal, 1);
  t.equal(ask(['refreshtimer', 'mon,9:00'], { error: null, schedules: ['mon'] }).unmatched.length, 1);
  t.same(ask(['refreshtimer', '-legacy', 'x'], {}).notBuilt, ['schedules of before refresh.timer']);
});

t.test('a topic that is not known is counted, line by line', async (t) => {
  const line = JSON.stringify({ question: ['moon', 'x'], answer: {} });
  const corpus = t.testdir({ 'questions.jsonl': `${line}\n${line}\n` });
  const reports: CaseReport[] = [];
  for await (const report of questions.run(corpus)) reports.push(report);
  t.same(
    reports.map(({ name, notBuilt }) => [name, notBuilt]),
    [
      ['line 1', ['moon']],
      ['line 2', ['moon']],
    ],
  );
});
