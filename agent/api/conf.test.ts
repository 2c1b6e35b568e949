import t from 'tap';
import { served } from '../fixture-api.ts';

t.test('what is set can be got, by key or as a whole, under both names of the system', async (t) => {
  const { get, send, machine } = await served(t);
  t.strictSame((await get('/v2/snaps/system/conf')).body.result, {}, 'nothing is set yet');
  const answer = await send('PUT', '/v2/snaps/system/conf', { 'health.settle': '10s', 'health.checks.link': 'off' });
  t.match(answer, { status: 202, body: { type: 'async', result: null, change: '1' } });
  await machine.settled();
  const change = (await get('/v2/changes/1')).body.result;
  t.match(change, {
    kind: 'configure-snap',
    summary: 'Change configuration of "core" snap',
    status: 'Done',
    ready: true,
    data: { 'snap-names': ['core'] },
    tasks: [{ kind: 'configure-snap', status: 'Done' }],
  });
  t.notOk('configure' in change.data, 'our own notes stay ours');
  const document = { health: { settle: '10s', checks: { link: 'off' } } };
  for (const snap of ['system', 'core']) {
    t.strictSame((await get(`/v2/snaps/${snap}/conf`)).body.result, document);
    t.strictSame((await get(`/v2/snaps/${snap}/conf?keys=health.settle,health.checks`)).body.result, {
      'health.settle': '10s',
      'health.checks': { link: 'off' },
    });
  }
  await send('PUT', '/v2/snaps/core/conf', { health: null });
  await machine.settled();
  t.strictSame((await get('/v2/snaps/system/conf')).body.result, {});
});

t.test('what is not there is said as snapd says it', async (t) => {
  const { get, send, machine } = await served(t);
  const noOption = (SnapName: string, Key: string) => ({
    status: 400,
    body: {
      result: {
        kind: 'option-not-found',
        message: `snap "${SnapName}" has no "${Key}" configuration option`,
        value: { SnapName, Key },
      },
    },
  });
  t.match(await get('/v2/snaps/system/conf?keys=health'), noOption('core', 'health'));
  t.match(await get('/v2/snaps/system/conf?keys=seed.loaded'), noOption('core', 'seed.loaded'));
  t.match(await get('/v2/snaps/virt/conf?keys=a'), noOption('virt', 'a'));
  t.match(await get('/v2/snaps/system/conf?keys=a..b'), {
    status: 400,
    body: { result: { message: 'invalid option name: ""' } },
  });
  const refusals: readonly (readonly [snap: string, body: unknown, status: number, message: RegExp])[] = [
    ['system', { foo: 1 }, 400, /^cannot set "core.foo": unsupported system option$/],
    ['core', { refresh: { timer: 'mon' } }, 400, /^cannot set "core.refresh.timer": unsupported system option$/],
    ['system', { 'health.A': 1 }, 400, /^invalid option name: "A"$/],
    ['system', '[]', 400, /^cannot decode request body into patch values: it is not a JSON object$/],
    ['system', '', 400, /^cannot decode request body into patch values: it is empty$/],
    ['virt', { a: 1 }, 400, /^snap "virt" has no "configure" hook$/],
    ['nope', { a: 1 }, 404, /^snap "nope" is not installed$/],
  ];
  for (const [snap, body, status, message] of refusals) {
    t.match(await send('PUT', `/v2/snaps/${snap}/conf`, body), {
      status,
      body: { type: 'error', result: { message } },
    });
  }
  t.match((await send('PUT', '/v2/snaps/nope/conf', {})).body.result, { kind: 'snap-not-found', value: 'nope' });
  t.strictSame(machine.device.parts.changes.list(), []);
});
