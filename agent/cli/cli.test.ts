import t from 'tap';
import { readArguments } from './arguments.ts';
import { type Answer, type Client, readAnswer } from './client.ts';
import { CommandError } from './error.ts';
import { follow } from './follow.ts';
import { showChange, showChanges, showStatus, table } from './show.ts';

t.test('the command line is read, and mistakes in it are named', (t) => {
  t.match(readArguments(['install', 'f'], {}), {
    command: 'install',
    operands: ['f'],
    root: '/',
    json: false,
    wait: true,
  });
  t.match(readArguments(['--root', '/r', '--json', '--no-wait', 'install', 'f'], {}), {
    root: '/r',
    json: true,
    wait: false,
  });
  t.match(readArguments(['status'], { SNAPPY_GLOBAL_ROOT: '/g' }), { root: '/g' });
  t.match(
    readArguments(['status', '--root=/r'], { SNAPPY_GLOBAL_ROOT: '/g' }),
    { root: '/r' },
    'the option comes first',
  );
  t.equal(readArguments([], {}).command, 'help');
  t.equal(readArguments(['install', '-h'], {}).command, 'help');
  t.equal(readArguments(['--version'], {}).command, 'version');
  for (const bad of [['install'], ['revert', 'a', 'b'], ['status', 'x'], ['nonsense'], ['--nonsense'], ['change']]) {
    t.throws(() => readArguments(bad, {}), { name: 'CommandError', code: 'usage', exitCode: 1 }, bad.join(' '));
  }
  t.end();
});

t.test('the envelope is taken apart', (t) => {
  t.strictSame(readAnswer({ type: 'sync', result: [1] }), { result: [1], change: undefined, maintenance: undefined });
  t.match(readAnswer({ type: 'async', change: '3', maintenance: { kind: 'system-restart' } }), {
    change: '3',
    maintenance: 'system-restart',
  });
  const refused = (result: unknown) => () => readAnswer({ type: 'error', status: 'Bad Request', result });
  t.throws(refused({ message: 'no' }), { code: 'refused', message: 'no', exitCode: 1 });
  t.throws(refused({ message: 'later', kind: 'snap-change-conflict' }), { code: 'conflict', exitCode: 10 });
  t.throws(refused(null), { code: 'refused', message: 'server error: Bad Request' });
  for (const bad of [null, [], 'text', {}, { type: 'x' }]) t.throws(() => readAnswer(bad), { code: 'protocol' });
  t.end();
});

/** A daemon that gives these answers in turn. */
function clientOf(...answers: readonly (Partial<Answer> | Error)[]): Client {
  const left = [...answers];
  const next = async (): Promise<Answer> => {
    const answer = left.shift() ?? new Error('asked too often');
    if (answer instanceof Error) throw answer;
    return { result: undefined, change: undefined, maintenance: undefined, ...answer };
  };
  return { get: next, post: next, download: () => Promise.reject(new Error('there is nothing')) };
}

const task = (summary: string, status: string, done = 0, total = 1) => ({ summary, status, progress: { done, total } });

t.test('a change is followed to its end', async (t) => {
  const said: string[] = [];
  const followed = (client: Client) =>
    follow(
      client,
      '1',
      (line) => said.push(line),
      (line) => said.push(`~${line}`),
    );
  const doing = { result: { ready: false, tasks: [task('one', 'Doing', 1, 4), task('two', 'Do')] } };
  t.strictSame(
    await followed(
      clientOf(doing, { result: { ready: true, status: 'Done', tasks: [task('one', 'Done'), task('two', 'Done')] } }),
    ),
    { kind: 'done' },
  );
  t.strictSame(said, ['one', '~one 25%', 'two']);
  said.length = 0;
  await followed(clientOf({ result: { ready: true, status: 'Done', summary: 'all: no updates', tasks: [] } }));
  t.strictSame(said.splice(0), ['all: no updates'], 'a change that has nothing to do says so');
  const quick = { result: { ready: false, tasks: [task('one', 'Done'), task('two', 'Done'), task('three', 'Wait')] } };
  await followed(clientOf({ ...quick, maintenance: 'system-restart' }));
  t.strictSame(said, ['one', 'two', 'three'], 'what was over before the first look is said, too');
  t.strictSame(await followed(clientOf({ ...doing, maintenance: 'system-restart' })), { kind: 'reboot' });
  t.strictSame(
    await followed(clientOf({ ...doing, maintenance: 'daemon-restart' }, { result: { ready: true, status: 'Done' } })),
    { kind: 'done' },
  );
  await t.rejects(followed(clientOf({ result: { ready: true, status: 'Error', err: 'it broke' } })), {
    code: 'failed',
    message: 'it broke',
  });
  await t.rejects(followed(clientOf({ result: { ready: true, status: 'Undone' } })), {
    message: /finished in status "Undone"/,
  });
  await t.rejects(followed(clientOf(new CommandError('unreachable', 'gone'))), { message: 'gone' });
});

t.test('answers are shown as tables, whatever is missing in them', (t) => {
  t.equal(
    table([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
    'a    bb\nccc  d\n',
  );
  t.equal(showChanges([]), 'No changes yet.\n');
  t.match(
    showChanges([{ id: '1', status: 'Done', 'spawn-time': '2026-11-20T09:30:01.5Z', summary: 's' }]),
    /1 +Done +2026-11-20 09:30:01 +- +s\n/,
  );
  t.match(
    showChange({ tasks: [{ status: 'Error', summary: 's', log: ['l1', 'l2'] }] }),
    /Error +- +- +s\n\ns\n {2}l1\n {2}l2\n/,
  );
  t.match(showStatus({}), /Good set +-\n/);
  t.match(showStatus('nonsense'), /none yet/);
  t.end();
});

t.test('the status says what boots, what is tried, and why the last trial came back', (t) => {
  const text = showStatus({
    boot: {
      good: { kernel: 'k_x1.snap', base: 'b_x1.snap' },
      running: { kernel: 'k_x2.snap' },
      rule: 'try',
      copies: { a: 'good', b: 'bad' },
      record: 'good',
    },
    trial: {
      phase: 'running',
      set: { kernel: 'k_x2.snap' },
      progress: 'waiting for x, deadline in 9 s',
      'attempts-left': 2,
      change: '4',
    },
    problems: ['copy b of the boot environment cannot be read'],
    guarantees: [
      { name: 'dual', given: true, meaning: 'two copies' },
      { name: 'mark', given: false, meaning: 'm' },
    ],
    outcomes: [
      {
        what: 'reverted',
        time: '2026-11-20T09:30:01Z',
        set: { kernel: 'k_x2.snap' },
        cause: { code: 'panic', message: 'it died', evidence: ['stage switched'] },
      },
    ],
  });
  for (const line of [
    /Good set +kernel k_x1.snap, base b_x1.snap\n/,
    /Running +kernel k_x2.snap \(rule try\)\n/,
    /Trial +running: kernel k_x2.snap \(waiting for x, deadline in 9 s; attempts left 2; change 4\)\n/,
    /Environment +copy a good, copy b bad, last-good record good\n/,
    /Problems\n {2}copy b/,
    /dual: two copies\n {2}not given: mark\n/,
    /2026-11-20 09:30:01 {2}reverted {2}kernel k_x2.snap\n {6}panic: it died\n {8}stage switched\n/,
  ]) {
    t.match(text, line);
  }
  t.end();
});
