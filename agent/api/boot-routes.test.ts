import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import t from 'tap';
import { DeviceError } from '../device/error.ts';
import { asNobody, served } from '../fixture-api.ts';
import { bootRecord } from './boot-desk-fake.ts';

const cause = { code: 'panic', message: 'Kernel panic - not syncing: x', evidence: ['line 1', 'line 2'] } as const;
const tried = { kernel: 'virt-kernel_x2.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };

t.test('the boots are listed, newest first and no more than asked for', async (t) => {
  const { get, boots } = await served(t);
  t.strictSame((await get('/v2/holdfast/boots')).body.result, []);
  boots.records = Array.from({ length: 25 }, (_, at) => bootRecord(at + 1));
  const numbers = async (path: string) => (await get(path)).body.result.map(({ boot }: { boot: number }) => boot);
  t.strictSame((await numbers('/v2/holdfast/boots')).length, 20);
  t.strictSame(await numbers('/v2/holdfast/boots?limit=2'), [25, 24]);
  t.equal((await numbers('/v2/holdfast/boots?limit=1000')).length, 25);
  for (const limit of ['0', '-1', '1001', '1.5', 'x', '', '99999999999', '1e2']) {
    t.match(await get(`/v2/holdfast/boots?limit=${limit}`), {
      status: 400,
      body: { result: { message: `limit should be a number from 1 to 1000, not "${limit}"` } },
    });
  }
});

t.test('one boot is told with all that is known of it, and in plain lines', async (t) => {
  const { get, boots } = await served(t);
  const check = {
    check: 'link',
    weight: 'required',
    state: 'fail',
    reason: 'no link',
    evidence: ['eth0 down'],
  } as const;
  const verdict = { kind: 'bad', by: 'agent', reason: 'no link', evidence: ['e'] } as const;
  const { set } = bootRecord(0);
  boots.records = [
    bootRecord(6),
    bootRecord(7, {
      trial: true,
      set: tried,
      health: { checks: [check] },
      verdict,
      end: { how: 'panic', cause, backTo: set },
    }),
    bootRecord(8),
  ];
  const { why, tried: differing, evidence, ...object } = (await get('/v2/holdfast/boots/7')).body.result;
  t.strictSame([differing, evidence], [{ kernel: 'virt-kernel_x2.snap' }, ['line 1', 'line 2']]);
  t.strictSame(object, {
    boot: 7,
    'boot-id': 'id-7',
    time: '2026-11-20T09:30:07.000Z',
    rule: 'default',
    copy: 'a',
    trial: true,
    reset: 'cold',
    set: tried,
    kernel: { release: '6.1.0', 'build-id': 'abc' },
    'command-line': 'panic=5',
    mounts: ['/ squashfs /dev/loop0'],
    marks: [{ stage: 'daemon', uptime: 4.5 }],
    health: { checks: [check] },
    verdict,
    end: { how: 'panic', cause, 'back-to': set },
  });
  t.match(why, [/^Boot 7\b/]);
  t.strictSame((await get('/v2/holdfast/boots')).body.result[1], object, 'the list has the same without the lines');
  t.strictSame((await get('/v2/holdfast/boots/why?boot=7')).body.result, {
    ...object,
    tried: differing,
    evidence,
    why,
  });
  t.strictSame((await get('/v2/holdfast/boots/6')).body.result.end, { how: 'running' });
  for (const number of ['9', '0', '-1', 'x', '07', '1e1', '']) {
    const message = `cannot find boot with number "${number}"`;
    t.match(await get(`/v2/holdfast/boots/why?boot=${number}`), { status: 404, body: { result: { message } } }, number);
    if (number !== '')
      t.match(await get(`/v2/holdfast/boots/${number}`), { status: 404, body: { result: { message } } });
  }
});

t.test('without a number the boot that needs explaining is explained', async (t) => {
  const { get, boots } = await served(t);
  t.match(await get('/v2/holdfast/boots/why'), {
    status: 404,
    body: { result: { message: 'no boot has been recorded yet' } },
  });
  boots.records = [bootRecord(6), bootRecord(7)];
  const { result } = (await get('/v2/holdfast/boots/why')).body;
  t.match(result, { boot: 7, why: [/^Boot 7\b/] });
});

t.test('the timeline comes as text and as a page', async (t) => {
  const { get, boots } = await served(t);
  boots.records = [bootRecord(1)];
  t.strictSame((await get('/v2/holdfast/timeline')).body.result, { format: 'text', content: 'text of 1 boots' });
  t.strictSame((await get('/v2/holdfast/timeline?format=text')).body.result.format, 'text');
  t.strictSame((await get('/v2/holdfast/timeline?format=html')).body.result, {
    format: 'html',
    content: 'html of 1 boots',
  });
  t.match(await get('/v2/holdfast/timeline?format=pdf'), {
    status: 400,
    body: { result: { message: 'format should be one of: html,text' } },
  });
});

t.test('a person may confirm and reject, and say why', async (t) => {
  const { send, boots } = await served(t);
  const post = (body: unknown) => send('POST', '/v2/holdfast/boot', body);
  t.match(await post({ action: 'confirm' }), {
    status: 200,
    body: { type: 'sync', result: { verdict: 'good', reason: '' } },
  });
  t.match(await post({ action: 'reject', reason: ' the valve – it leaks ' }), {
    body: { result: { verdict: 'bad', reason: 'the valve – it leaks' } },
  });
  t.strictSame(boots.verdicts, [
    { kind: 'good', reason: '' },
    { kind: 'bad', reason: 'the valve – it leaks' },
  ]);
  boots.refusal = new DeviceError('conflict', 'cannot reject: no trial');
  t.match(await post({ action: 'reject' }), {
    status: 409,
    body: { result: { kind: 'snap-change-conflict', message: 'cannot reject: no trial' } },
  });
});

t.test('the fallback is verified on demand', async (t) => {
  const { send, boots } = await served(t);
  boots.findings = [{ file: 'k.snap', what: 'kernel.img', state: 'rotten', mended: true }];
  const answer = await send('POST', '/v2/holdfast/boot', { action: 'verify' });
  t.strictSame(answer.body.result, boots.findings);
});

t.test('a body that cannot be meant is refused with its fault, and nothing is done', async (t) => {
  const { send, boots } = await served(t);
  const actions = 'action should be one of: confirm,reject,verify';
  const cases: readonly (readonly [what: string, body: unknown, message: string | RegExp])[] = [
    ['empty', '', /into a boot action: it is empty/],
    ['no JSON', '{', /it is not JSON/],
    ['not UTF-8', Buffer.from('{"action":"confirm","reason":"\xff"}', 'latin1'), /it is not JSON/],
    ['a list', '[]', /it is not a JSON object/],
    ['null', 'null', /it is not a JSON object/],
    ['no action', {}, actions],
    ['another action', { action: 'explode' }, actions],
    ['an action of another type', { action: ['confirm'] }, actions],
    ['what every object has', { action: 'constructor' }, actions],
    ['another field', { action: 'confirm', resaon: 'x' }, 'cannot confirm: unknown field "resaon"'],
    ['a reason to verify', { action: 'verify', reason: 'x' }, 'cannot verify: unknown field "reason"'],
    ['a number as reason', { action: 'reject', reason: 1 }, 'the reason should be a text'],
    ['a long reason', { action: 'reject', reason: 'x'.repeat(301) }, 'the reason is longer than 300 characters'],
    ['two lines', { action: 'reject', reason: 'a\nb' }, 'the reason should be one line, without control characters'],
    ['a terminal escape', { action: 'reject', reason: '\x1b[2J' }, /without control characters/],
    ['text that runs backwards', { action: 'reject', reason: '\u202eabc' }, /without control characters/],
    ['too long', { action: 'reject', reason: 'x'.repeat(70_000) }, /it is longer than 65536 bytes/],
    ['too deep', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, /it is nested deeper than 20 levels/],
  ];
  for (const [what, body, message] of cases) {
    const answer = await send('POST', '/v2/holdfast/boot', body);
    t.match(answer, { status: 400, body: { type: 'error', result: { message } } }, what);
  }
  t.strictSame(boots.verdicts, []);
});

t.test('another user may read of boots, and judge none', async (t) => {
  const { layout, boots, directory } = await served(t);
  for (const path of [directory, layout.root, dirname(layout.socket)]) await chmod(path, 0o755);
  const asked = async (method: string, path: string, body = '') =>
    JSON.parse(await asNobody(layout.socket, method, path, Buffer.from(body).toString('base64'), 'application/json'));
  const denied = { 'status-code': 401, result: { message: 'access denied', kind: 'login-required' } };
  t.match(await asked('POST', '/v2/holdfast/boot', '{"action":"confirm"}'), denied);
  t.match(await asked('PUT', '/v2/snaps/system/conf', '{"health.settle":"1s"}'), denied);
  t.match(await asked('GET', '/v2/snaps/system/conf'), denied);
  t.match(await asked('GET', '/v2/holdfast/boots'), { type: 'sync', result: [] });
  t.strictSame(boots.verdicts, []);
});
