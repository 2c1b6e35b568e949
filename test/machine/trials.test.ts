/** The main job on the real machine: good kernels and bases are kept; what is only wanted of them is written down. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { bootsOf } from './lab/boots.ts';
import type { Tried } from './lab/fault.ts';
import { GOOD, WANTED } from './lab/faults.ts';
import { configure } from './lab/harm.ts';
import { type Lab, openLab, resume } from './lab/lab.ts';
import { openStore, STORE_URL } from './lab/store.ts';

const lab: Lab = await openLab();

async function confirmed(t: Test, { name, slot }: Tried, hasStore: boolean) {
  const store = await openStore();
  t.teardown(() => store.close());
  const device = await resume(lab, join(lab.folder, 'trials', name), { services: [store.service] });
  t.teardown(() => device.machine.stop());
  await configure(device, { 'health.store-url': STORE_URL });
  const before = await device.status();
  await device.install(name);
  if (!hasStore) await store.close();
  const { status, watchdog, during } = await device.confirmed();
  const revision = slot === 'kernel' ? 'virt-kernel_x2.snap' : 'bookworm_x2.snap';
  t.same(status.good, { ...before.good, [slot]: revision }, 'it is the good one now');
  t.equal(status.running[slot], revision, 'and it is what runs');
  t.equal(status.outcomes[0]?.what, 'confirmed');
  t.notOk(status.hasTrial, 'nothing is tried any more');
  t.notOk(watchdog, 'without a reset by the watchdog');
  const [boot] = await bootsOf(device);
  t.match(boot, { trial: true, rule: 'try', verdict: { kind: 'good', by: 'agent' } }, 'the boot journal says so');
  return { during, checks: boot?.checks ?? [] };
}

for (const good of GOOD) {
  t.test(`${good.title} is confirmed`, async (t) => {
    const { checks } = await confirmed(t, good, true);
    const required = checks.filter(({ weight }) => weight === 'required');
    t.ok(required.length > 0, 'required checks were looked at');
    t.same(
      required.filter(({ state }) => state !== 'pass'),
      [],
      'all that is required passed',
    );
    t.match(
      checks.find(({ check }) => check === 'store'),
      { weight: 'wanted', state: 'pass' },
    );
  });
}

t.test(`${WANTED.title} is confirmed, and so is one whose store does not answer; both are written down`, async (t) => {
  const { during, checks } = await confirmed(t, WANTED, false);
  t.match(during, /fault: this is only wanted/, 'the command ran, and failed');
  const failed = checks.filter(({ weight, state }) => weight === 'wanted' && state !== 'pass');
  t.match(
    failed.find(({ check }) => check === 'command:virt-kernel/fault'),
    { reason: /5/, evidence: /this is only wanted/ },
    'its status and its output are kept',
  );
  t.match(
    failed.find(({ check }) => check === 'store'),
    { state: 'fail', reason: 'the store does not answer' },
    'so is that there was no store',
  );
});
