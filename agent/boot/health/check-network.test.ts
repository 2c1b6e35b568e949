import t from 'tap';
import { networkCheck } from './check-network.ts';
import { calmPorts } from './ports-calm.ts';

const { signal } = new AbortController();

t.test('a route and an answer pass', async (t) => {
  for (const [url, host] of [
    ['https://store.example:8443/api', 'store.example'],
    ['http://10.0.2.2:80/', 'invalid'],
    ['http://[2001:db8::1]/', 'invalid'],
    ['', 'invalid'],
  ] as const) {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return 'answered';
    };
    const result = await networkCheck({ ports: calmPorts({ resolve }) }, url).run(signal);
    t.match(result, { state: 'pass', evidence: ['there is a default route', 'answered'] });
    t.strictSame(asked, [host], url);
  }
});

t.test('no route fails, and nobody is asked', async (t) => {
  const resolve = async () => t.fail('asked') as never;
  const ports = calmPorts({ hasDefaultRoute: async () => false, resolve });
  t.match(await networkCheck({ ports }, '').run(signal), {
    state: 'fail',
    reason: 'there is no default route',
    final: false,
  });
});

t.test('no answer fails', async (t) => {
  const resolve = async () => {
    throw new Error('queryA ETIMEOUT invalid');
  };
  t.match(await networkCheck({ ports: calmPorts({ resolve }) }, '').run(signal), {
    state: 'fail',
    reason: 'no name server answers',
    evidence: [/ETIMEOUT/],
    final: false,
  });
});
