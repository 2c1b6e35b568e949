import t from 'tap';
import { clockCheck } from './check-clock.ts';
import { calmPorts } from './ports-calm.ts';

const day = (n: number) => Date.UTC(2026, 0, n);

async function look(now: number, clock: { synchronized: boolean; knownMs: number }, takenAt?: string) {
  const baseline = takenAt === undefined ? undefined : { units: [], services: [], links: [], takenAt };
  const ports = calmPorts({ clock: async () => clock });
  return clockCheck({ ports, wallMs: () => now }, baseline).run(new AbortController().signal);
}

t.test('a clock that the network has set passes', async (t) => {
  t.match(await look(day(1), { synchronized: true, knownMs: day(5) }), {
    state: 'pass',
    evidence: ['2026-01-01T00:00:00.000Z, set by the network'],
  });
});

t.test('a clock that nobody has set passes where it is not behind', async (t) => {
  t.match(await look(day(5), { synchronized: false, knownMs: day(5) }), {
    state: 'pass',
    evidence: [/not set/, /05/, /05/],
  });
  t.match(await look(day(5), { synchronized: false, knownMs: 0 }), { state: 'pass' });
});

t.test('a clock behind a time that has been fails', async (t) => {
  t.match(await look(day(1), { synchronized: false, knownMs: day(5) }), {
    state: 'fail',
    reason: /behind/,
    evidence: [/not set/, 'now: 2026-01-01T00:00:00.000Z', 'known to have been: 2026-01-05T00:00:00.000Z'],
    final: false,
  });
  t.match(
    await look(day(5), { synchronized: false, knownMs: 0 }, '2026-01-06T00:00:00Z'),
    { state: 'fail' },
    'the baseline is a time',
  );
});
