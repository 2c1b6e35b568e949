import t from 'tap';
import { served } from '../fixture-api.ts';
import { formOf, formType } from '../fixture-http.ts';
import { FakeSnapDesk, viewOfSnap } from './snap-desk-fake.ts';

const json = 'application/json';

t.test('what a client asks for about one snap reaches the device', async (t) => {
  const desk = new FakeSnapDesk();
  const { send } = await served(t, {}, desk);
  const cases: readonly (readonly [body: object, request: object])[] = [
    [{ action: 'refresh' }, { action: 'refresh', names: ['foo'], flags: {} }],
    [
      {
        ...{ action: 'refresh', channel: 'edge', revision: '7', 'ignore-running': true, amend: true },
        ...{ devmode: true, 'ignore-validation': true, transaction: 'all-snaps', 'leave-cohort': true },
      },
      {
        ...{ action: 'refresh', names: ['foo'], flags: { devmode: true, ignoreValidation: true }, channel: 'edge' },
        ...{ leaveCohort: true, revision: '7', ignoreRunning: true, amend: true, transaction: 'all-snaps' },
      },
    ],
    [
      { action: 'refresh', 'cohort-key': 'k' },
      { action: 'refresh', names: ['foo'], flags: {}, cohort: 'k' },
    ],
    [{ action: 'revert' }, { action: 'revert', name: 'foo', flags: {} }],
    [
      { action: 'revert', revision: 3, jailmode: true, classic: true },
      { action: 'revert', name: 'foo', flags: { jailmode: true, classic: true }, revision: '3' },
    ],
    [
      { action: 'remove', purge: true, terminate: true, revision: 'x2' },
      { action: 'remove', names: ['foo'], revision: 'x2', purge: true, terminate: true },
    ],
    [
      { action: 'remove', revision: 'unset', components: [] },
      { action: 'remove', names: ['foo'] },
    ],
    [{ action: 'enable' }, { action: 'enable', name: 'foo' }],
    [
      { action: 'disable', unknown: 1 },
      { action: 'disable', name: 'foo' },
    ],
    [
      { action: 'switch', channel: '2.0/beta' },
      { action: 'switch', name: 'foo', channel: '2.0/beta' },
    ],
    [{ action: 'unhold' }, { action: 'unhold', names: ['foo'] }],
    [
      { action: 'hold', time: 'forever', 'hold-level': 'general' },
      { action: 'hold', names: ['foo'], until: 'forever', level: 'general' },
    ],
    [
      { action: 'hold', time: '2027-01-31T00:00:00+01:00', 'hold-level': 'auto-refresh' },
      { action: 'hold', names: ['foo'], until: new Date('2027-01-30T23:00:00Z'), level: 'auto-refresh' },
    ],
  ];
  for (const [body, request] of cases) {
    const answer = await send('POST', '/v2/snaps/foo', body);
    t.match(answer, { status: 202, body: { type: 'async', change: String(desk.requests.length) } });
    t.strictSame(desk.requests.at(-1), request, JSON.stringify(body));
  }
});

t.test('what a client asks for about several snaps reaches the device', async (t) => {
  const desk = new FakeSnapDesk();
  const { send } = await served(t, {}, desk);
  const cases: readonly (readonly [body: object, request: object])[] = [
    [{ action: 'refresh' }, { action: 'refresh', names: [] }],
    [
      { action: 'refresh', snaps: ['a', 'b'], transaction: 'per-snap', 'ignore-running': true },
      { action: 'refresh', names: ['a', 'b'], ignoreRunning: true, transaction: 'per-snap' },
    ],
    [
      { action: 'remove', snaps: ['a'], purge: true },
      { action: 'remove', names: ['a'], purge: true },
    ],
    [
      { action: 'hold', snaps: ['a'], time: 'forever', 'hold-level': 'general' },
      { action: 'hold', names: ['a'], until: 'forever', level: 'general' },
    ],
    [
      { action: 'hold', time: 'forever', 'hold-level': 'auto-refresh' },
      { action: 'hold', names: [], until: 'forever', level: 'auto-refresh' },
    ],
    [
      { action: 'unhold', snaps: [] },
      { action: 'unhold', names: [] },
    ],
  ];
  for (const [body, request] of cases) {
    t.equal((await send('POST', '/v2/snaps', body, json)).status, 202);
    t.strictSame(desk.requests.at(-1), request, JSON.stringify(body));
  }
});

t.test("L18-L25, L29, L30: what cannot be meant is refused in snapd's words", async (t) => {
  const desk = new FakeSnapDesk();
  const { send } = await served(t, {}, desk);
  const hold = { action: 'hold', time: 'forever', 'hold-level': 'general' };
  const one: readonly (readonly [body: object | string, message: string | RegExp])[] = [
    [{ action: 'potato' }, 'unknown action potato'],
    [{}, 'unknown action '],
    [{ action: 'constructor' }, 'unknown action constructor'],
    [{ action: 'refresh', channel: '1/2/3/4' }, 'channel name has too many components: 1/2/3/4'],
    [{ action: 'refresh', channel: 'a/b' }, /invalid risk/],
    [{ action: 'enable', revision: '1' }, 'enable takes no revision'],
    [{ action: 'disable', revision: '1' }, 'disable takes no revision'],
    [{ action: 'switch', revision: '1' }, 'switch takes no revision'],
    ...['remove', 'revert', 'enable', 'disable', 'switch'].map(
      (action) =>
        [{ action, transaction: 'per-snap' }, `transaction type is unsupported for "${action}" actions`] as const,
    ),
    [{ action: 'refresh', transaction: 'xyz' }, 'invalid value for transaction type: xyz'],
    [{ action: 'revert', 'cohort-key': 'k' }, 'cohort-key can only be specified for install, refresh, or switch'],
    [{ action: 'install', 'leave-cohort': true }, 'leave-cohort can only be specified for refresh or switch'],
    [{ action: 'refresh', 'cohort-key': 'k', 'leave-cohort': true }, 'cannot specify both cohort-key and leave-cohort'],
    [{ action: 'refresh', 'cohort-key': 'k', revision: '1' }, 'cannot specify both cohort-key and revision'],
    [{ ...hold, time: '' }, 'hold action requires a non-empty time value'],
    [
      { ...hold, time: 'tomorrow' },
      'hold action requires time to be "forever" or in RFC3339 format: cannot parse "tomorrow"',
    ],
    [{ ...hold, time: '2027-02-40T00:00:00Z' }, /in RFC3339 format: cannot parse/],
    [{ ...hold, 'hold-level': '' }, 'hold action requires a non-empty hold-level value'],
    [{ ...hold, 'hold-level': 'x' }, 'hold action requires hold-level to be either "auto-refresh" or "general"'],
    [{ action: 'remove', time: 'forever' }, 'time can only be specified for the "hold" action'],
    [{ action: 'remove', 'hold-level': 'general' }, 'hold-level can only be specified for the "hold" action'],
    [{ action: 'refresh', revision: '../1' }, /invalid snap revision: "..\/1"$/],
    [{ action: 'refresh', components: ['c'] }, 'cannot refresh snaps with "components": it is not supported'],
    [{ action: 'refresh', 'validation-sets': ['a/b'] }, /validation-sets/],
    [
      { action: 'remove', purge: 'yes' },
      'cannot decode request body into snap instruction: "purge" should be true or false',
    ],
    [{ action: 1 }, 'cannot decode request body into snap instruction: "action" should be a text'],
    ['[]', /^cannot decode request body into snap instruction: it is not a JSON object$/],
    ['{', /it is not JSON$/],
  ];
  for (const [body, message] of one) {
    const answer = await send('POST', '/v2/snaps/foo', body);
    t.match(answer, { status: 400, body: { type: 'error', result: { message } } }, JSON.stringify(body));
    t.equal(answer.body.result.kind, undefined);
  }
  t.match((await send('POST', '/v2/snaps/ubuntu-core', { action: 'install' })).body.result, {
    message: 'cannot install "ubuntu-core", please use "core" instead',
  });
  const odd = ['channel', 'revision', 'cohort-key'].map((key) => ({ [key]: '1' }));
  const odder = ['devmode', 'jailmode', 'leave-cohort', 'prefer'].map((key) => ({ [key]: true }));
  const many: readonly (readonly [body: object, message: string | RegExp])[] = [
    ...[...odd, ...odder].map(
      (option) =>
        [
          { action: 'refresh', snaps: ['a'], ...option },
          'unsupported option provided for multi-snap operation',
        ] as const,
    ),
    [{ action: 'switch', snaps: ['a'] }, 'unsupported multi-snap operation "switch"'],
    [{ action: 'install' }, 'cannot install zero snaps'],
    [{ action: 'remove', snaps: [] }, 'cannot remove zero snaps'],
    [{ action: 'remove', snaps: ['a', 1] }, /"snaps" should be a list of texts$/],
    [{ action: 'remove', snaps: 'a' }, /"snaps" should be a list of texts$/],
    [{ action: 'install', snaps: ['a', 'ubuntu-core'] }, /^cannot install "ubuntu-core", please use/],
    [hold, 'cannot hold: holding general refreshes for all snaps is not supported'],
  ];
  for (const [body, message] of many) {
    const answer = await send('POST', '/v2/snaps', body, json);
    t.match(answer, { status: 400, body: { type: 'error', result: { message } } }, JSON.stringify(body));
  }
  t.strictSame(desk.requests, []);
});

t.test('L17: JSON is told from a form by its type, and nothing is guessed', async (t) => {
  const desk = new FakeSnapDesk();
  const { send } = await served(t, {}, desk);
  const body = { action: 'refresh' };
  for (const type of [json, 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"; x=y']) {
    t.equal((await send('POST', '/v2/snaps', body, type)).status, 202, type);
  }
  const bad: readonly (readonly [type: string | undefined, message: RegExp])[] = [
    [
      'application/json; charset=iso-8859-1',
      /^unknown charset in content type: application\/json; charset=iso-8859-1$/,
    ],
    ['text/plain', /^unknown content type: text\/plain$/],
    ['application/jsonx', /^unknown content type/],
    [undefined, /^cannot parse content type: /],
    ['multipart/mixed; boundary=X', /multipart\/form-data/],
  ];
  for (const [type, message] of bad) {
    t.match(await send('POST', '/v2/snaps', body, type), { status: 400, body: { result: { message } } }, String(type));
  }
  t.equal(desk.requests.length, 3);
});

t.test('without a store, what has to come from one is refused with the reason', async (t) => {
  const desk = new FakeSnapDesk();
  desk.views = [viewOfSnap({ name: 'here' }, ['x1']), viewOfSnap({ name: 'there' }, ['x1'])];
  const { get, send } = await served(t, {}, desk);
  const install = (snaps: readonly string[]) => send('POST', '/v2/snaps', { action: 'install', snaps }, json);
  t.match(await send('POST', '/v2/snaps/foo', { action: 'install', channel: 'edge' }), {
    status: 400,
    body: { result: { message: /^cannot install "foo": this device has no store; install a file/ } },
  });
  t.match(
    (await install(['here', 'foo', 'bar'])).body.result.message,
    /^cannot install "foo", "bar": this device has no/,
  );
  t.match(await send('POST', '/v2/snaps/here', { action: 'install' }), {
    status: 400,
    body: {
      result: {
        kind: 'snap-already-installed',
        message: 'snap "here" is already installed',
        value: { snaps: ['here'] },
      },
    },
  });
  t.match((await install(['here', 'there'])).body.result, {
    kind: 'snap-already-installed',
    value: { snaps: ['here', 'there'] },
  });
  t.match(await get('/v2/find?q=x&scope=wide'), {
    status: 400,
    body: { result: { message: 'cannot search for snaps: this device has no store' } },
  });
  t.match(await get('/v2/find?name=foo'), { status: 404, body: { result: { kind: 'snap-not-found', value: 'foo' } } });
  t.match(await get('/v2/find?select=refresh'), { status: 200, body: { result: [] } });
  t.strictSame(desk.requests, []);
});

t.test('a plan is told and not carried out', async (t) => {
  const desk = new FakeSnapDesk();
  const { send } = await served(t, {}, desk);
  const text = await send('POST', '/v2/snaps/foo?plan=text', { action: 'remove' });
  t.match(text, {
    status: 200,
    body: { result: { format: 'text', content: /^Any plan \(any\)\n.*\n.*\ntasks:\n +1\. link-snap: Link\n/ } },
  });
  const description = await send('POST', '/v2/snaps?plan=json', { action: 'remove', snaps: ['foo'] }, json);
  t.match(description, { status: 200, body: { result: { summary: 'Any plan', tasks: [{ kind: 'link-snap' }] } } });
  t.strictSame(desk.planned, Array(2).fill({ action: 'remove', names: ['foo'] }));
  const parts = [
    { name: 'dangerous', value: 'true' },
    { name: 'snap', value: 'one', fileName: 'a.snap' },
  ];
  t.equal((await send('POST', '/v2/snaps?plan=json', formOf(parts), formType)).status, 200);
  t.match(desk.planned.at(-1), { action: 'install', uploads: [{ title: 'a.snap' }] });
  t.strictSame(desk.discarded, ['/uploads/one'], 'what was sent for a plan does not stay');
  t.match(await send('POST', '/v2/snaps/foo?plan=yes', { action: 'remove' }), {
    status: 400,
    body: { result: { message: 'plan should be one of: json,text' } },
  });
  t.match(await send('POST', '/v2/snaps?plan=', formOf(parts), formType), { status: 400 });
  t.strictSame(desk.requests, []);
});
