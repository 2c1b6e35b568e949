import t from 'tap';
import { storeCheck } from './check-store.ts';
import { calmPorts } from './ports-calm.ts';

const { signal } = new AbortController();
const url = 'https://store.example';
const look = (head: (url: string) => Promise<number>, at = url) =>
  storeCheck({ ports: calmPorts({ head }) }, at).run(signal);

t.test('any answer of a server that works passes', async (t) => {
  for (const status of [200, 401, 404]) {
    t.match(await look(async () => status), { state: 'pass', evidence: [`${url} answered with status ${status}`] });
  }
});

t.test('no answer, and that of a server that does not work, fail', async (t) => {
  t.match(await look(async () => 503), { state: 'fail', reason: 'the store is out of order', final: false });
  const refused = async () => {
    throw new Error('connect ECONNREFUSED');
  };
  t.match(await look(refused), { state: 'fail', reason: /not answer/, evidence: [`${url}: connect ECONNREFUSED`] });
});

t.test('a device without a store asks nobody', async (t) => {
  t.match(await look(async () => t.fail('asked') as never, ''), {
    state: 'pass',
    evidence: ['this device has no store'],
  });
});
