import t from 'tap';
import { linkCheck } from './check-link.ts';
import type { Link } from './model.ts';
import { calmPorts } from './ports-calm.ts';

const eth0 = { name: 'eth0', addresses: ['10.0.2.15', '2001:db8::1'] };
const wlan0 = { name: 'wlan0', addresses: ['192.168.1.4'] };

async function look(before: readonly Link[] | undefined, now: readonly Link[]) {
  const baseline = before && { units: [], services: [], links: before, takenAt: '' };
  return linkCheck({ ports: calmPorts({ links: () => now }) }, baseline).run(new AbortController().signal);
}

t.test('as many links with an address as before pass, whatever they are called', async (t) => {
  t.strictSame(await look([eth0], [eth0]), {
    state: 'pass',
    evidence: ['before: eth0 10.0.2.15 2001:db8::1', 'now: eth0 10.0.2.15 2001:db8::1'],
  });
  t.match(await look([eth0], [{ name: 'end0', addresses: ['10.0.2.16'] }]), { state: 'pass' });
  t.match(await look([eth0], [wlan0, eth0]), { state: 'pass' });
});

t.test('fewer fail, and may come yet', async (t) => {
  t.match(await look([eth0], []), {
    state: 'fail',
    reason: 'no link has an address (1 had one before)',
    evidence: ['before: eth0 10.0.2.15 2001:db8::1', 'now: none'],
    final: false,
  });
  t.match(await look([eth0, wlan0], [wlan0]), { state: 'fail', reason: 'only 1 of 2 links have an address' });
});

t.test('a device without links before needs none', async (t) => {
  t.match(await look([], []), { state: 'pass', evidence: [/nothing to compare/] });
  t.match(await look(undefined, []), { state: 'pass', evidence: [/nothing to compare/] });
});
