import t from 'tap';
import { served } from '../fixture-api.ts';
import { type FormPart, formOf, formType } from '../fixture-http.ts';
import { SnapsError } from '../snaps/error.ts';
import { FakeSnapDesk } from './snap-desk-fake.ts';

const field = (name: string, value = 'true'): FormPart => ({ name, value });
const file = (content: string, fileName = `${content}.snap`): FormPart => ({ name: 'snap', value: content, fileName });

async function scene(t: Parameters<typeof served>[0]) {
  const desk = new FakeSnapDesk();
  const { send } = await served(t, {}, desk);
  return { desk, post: (...parts: readonly FormPart[]) => send('POST', '/v2/snaps', formOf(parts), formType) };
}

t.test('all fields of a form reach the device', async (t) => {
  const { desk, post } = await scene(t);
  const upload = (content: string) => ({ path: `/uploads/${content}`, size: content.length, sha256: '' });
  const cases: readonly (readonly [parts: readonly FormPart[], request: object])[] = [
    [
      [field('action', 'install'), field('snap-path', '/home/me/my.snap'), field('dangerous'), file('one')],
      { uploads: [{ upload: upload('one'), title: 'my.snap' }], dangerous: true, flags: {} },
    ],
    [
      [
        ...[field('name', 'foo_bar'), field('devmode'), field('unaliased'), field('ignore-running')],
        ...[field('transaction', 'all-snaps'), file('one')],
      ],
      {
        ...{ uploads: [{ upload: upload('one'), title: 'one.snap' }], name: 'foo_bar', dangerous: true },
        ...{ flags: { devmode: true }, transaction: 'all-snaps', unaliased: true, ignoreRunning: true },
      },
    ],
    [
      [field('jailmode'), field('classic'), field('devmode', 'false'), file('one', '/etc/x.snap')],
      {
        uploads: [{ upload: upload('one'), title: 'x.snap' }],
        dangerous: false,
        flags: { jailmode: true, classic: true },
      },
    ],
    [
      [field('snap-path', '/x'), field('transaction', ''), file('one'), file('two'), field('dangerous')],
      {
        uploads: [
          { upload: upload('one'), title: 'one.snap' },
          { upload: upload('two'), title: 'two.snap' },
        ],
        ...{ dangerous: true, flags: {} },
      },
    ],
  ];
  for (const [parts, request] of cases) {
    t.match(await post(...parts), { status: 202, body: { change: String(desk.requests.length) } });
    t.strictSame(desk.lastInstall, { action: 'install', ...request });
  }
  t.strictSame(desk.discarded, [], 'what is taken stays');
});

t.test('L33, L36: whatever is wrong with a form or its files, nothing of them stays', async (t) => {
  const { desk, post } = await scene(t);
  const cases: readonly (readonly [parts: readonly FormPart[], message: string])[] = [
    [[field('dangerous')], 'cannot find "snap" file field in provided multipart/form-data payload'],
    [
      [field('dangerous'), { ...file('one'), name: 'other' }],
      'cannot find "snap" file field in provided multipart/form-data payload',
    ],
    [[field('action', 'try'), field('snap-path', '/x'), file('one')], 'cannot try a snap: it is not yet supported'],
    [[field('transaction', 'xyz'), file('one')], 'invalid value for transaction type: xyz'],
  ];
  for (const [parts, message] of cases) {
    t.match(await post(...parts), { status: 400, body: { result: { message } } }, message);
    t.strictSame(
      desk.discarded.splice(0),
      desk.received.splice(0).map((content) => `/uploads/${content}`),
      message,
    );
  }
  desk.refusal = new SnapsError('bad-request', 'instance name "foo_i" does not match snap name "bar"', {
    snap: 'foo_i',
  });
  t.match(await post(field('dangerous'), file('one'), file('two')), {
    status: 400,
    body: { result: { message: 'instance name "foo_i" does not match snap name "bar"' } },
  });
  t.strictSame(desk.discarded, ['/uploads/one', '/uploads/two']);
  t.strictSame(desk.requests, []);
});
