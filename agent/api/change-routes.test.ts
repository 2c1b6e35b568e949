import t from 'tap';
import { DeviceError } from '../device/error.ts';
import type { ChangePlan } from '../engine/plan.ts';
import { served } from '../fixture-api.ts';
import { FakeSnapDesk } from './snap-desk-fake.ts';

type Machine = Awaited<ReturnType<typeof served>>['machine'];

/** Records a change that nobody works on. */
async function recorded({ device }: Machine, plan: Partial<ChangePlan> = {}): Promise<void> {
  const { changes } = device.parts;
  const tasks = [{ kind: 'link-snap', summary: 'Link it' }];
  await changes.turn(async () => {
    changes.draft({ kind: 'enable-snap', summary: 'Enable it', data: {}, tasks, ...plan });
    await changes.commit('record');
  });
}

t.test('L12, L13: changes are listed by how far they are, and by what they are about', async (t) => {
  const { get, machine } = await served(t);
  await recorded(machine, { data: { 'snap-names': ['a', 'b'] } });
  await recorded(machine, { tasks: [], data: { 'snap-names': ['b'], 'snap-name': 'b' } });
  const ids = async (query: string) =>
    (await get(`/v2/changes${query}`)).body.result.map(({ id }: { id: string }) => id);
  const cases: readonly (readonly [query: string, ids: readonly string[]])[] = [
    ['', ['1']],
    ['?select=in-progress', ['1']],
    ['?select=ready', ['2']],
    ['?select=all', ['1', '2']],
    ['?select=all&for=b', ['1', '2']],
    ['?select=all&for=a', ['1']],
    ['?for=b', ['1']],
    ['?select=all&for=c', []],
    ['?select=all&for=', ['1', '2']],
  ];
  for (const [query, expected] of cases) t.strictSame(await ids(query), expected, query);
  t.match(await get('/v2/changes?select=some'), { status: 400 });
});

t.test('L14: a change is told with its tasks, and our own notes stay ours', async (t) => {
  const { get, machine } = await served(t);
  const tasks = [
    { kind: 'save-snapshot', summary: 'Save', data: { snap: 'a', 'affected-snaps': ['a'] } },
    { kind: 'link-snap', summary: 'Link', data: { 'snap-setup': {} } },
  ];
  await recorded(machine, { tasks, data: { 'snap-names': ['a'], 'snap-name': 'a', note: 1 } });
  const { result } = (await get('/v2/changes/1')).body;
  t.match(result, { id: '1', kind: 'enable-snap', summary: 'Enable it', status: 'Do', ready: false });
  t.strictSame(result.data, { 'snap-names': ['a'], 'snap-name': 'a' });
  t.equal(result['ready-time'], undefined);
  t.match(result['spawn-time'], /^2026-/);
  const [first, second] = result.tasks;
  t.match(first, { id: '1', kind: 'save-snapshot', summary: 'Save', status: 'Do', data: { 'affected-snaps': ['a'] } });
  t.strictSame(first.progress, { label: '', done: 0, total: 1 });
  t.strictSame(Object.keys(first.data), ['affected-snaps']);
  t.equal(second.data, undefined);
});

t.test('L15, L16: a change is given up, once', async (t) => {
  const { get, send, machine } = await served(t);
  await recorded(machine);
  const aborted = await send('POST', '/v2/changes/1', { action: 'abort' });
  t.match(aborted, { status: 200, body: { type: 'sync', result: { id: '1', status: 'Hold', ready: true } } });
  t.match(aborted.body.result.tasks, [{ status: 'Hold', progress: { done: 1, total: 1 } }]);
  t.match((await get('/v2/changes/1')).body.result, { status: 'Hold', 'ready-time': /^2026/ });
  t.match(await send('POST', '/v2/changes/1', { action: 'abort' }), {
    status: 400,
    body: { result: { message: 'cannot abort change 1 with nothing pending' } },
  });
});

t.test('what is no abortion is refused, and so is one while a trial is judged', async (t) => {
  const desk = new FakeSnapDesk();
  const { send, machine } = await served(t, {}, desk);
  await recorded(machine);
  const bad: readonly (readonly [path: string, body: object | string, status: number, message: RegExp])[] = [
    ['/v2/changes/7', { action: 'abort' }, 404, /^cannot find change with id "7"$/],
    ['/v2/changes/x', { action: 'abort' }, 404, /^cannot find change with id "x"$/],
    ['/v2/changes/1', { action: 'pause' }, 400, /^change action "pause" is unsupported$/],
    ['/v2/changes/1', {}, 400, /^change action "" is unsupported$/],
    ['/v2/changes/1', 'abort', 400, /^cannot decode request body into change action: it is not JSON$/],
  ];
  for (const [path, body, status, message] of bad) {
    t.match(await send('POST', path, body), { status, body: { result: { message } } }, path);
  }
  desk.refusal = new DeviceError('conflict', 'cannot abort a change: this boot is a trial');
  t.match(await send('POST', '/v2/changes/1', { action: 'abort' }), {
    status: 409,
    body: { result: { kind: 'snap-change-conflict', message: 'cannot abort a change: this boot is a trial' } },
  });
  t.equal(machine.device.parts.changes.open().length, 1);
});
