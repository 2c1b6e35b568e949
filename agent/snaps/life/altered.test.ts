/** A snap file that is altered after it was received, by rot or by root, is never mounted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChangePlan } from '../../engine/plan.ts';
import type { DurableWrite } from '../../system/durable.ts';
import { setupIn } from '../plan/setup.ts';
import { errorOf, type Life, type TestDevice, testDevice } from './testing.ts';
import { installPlan } from './testing-scenes.ts';

const blob = 'var/lib/snapd/snaps/demo_7.snap';
const unit = 'startUnit snap-demo-7.mount';
const refusal =
  /^mount-snap: cannot install "demo": its file was altered after it was received \(its SHA-256 is [0-9a-f]{64} instead of [0-9a-f]{64}\); install it again$/;

/** The same length, one bit of it another: what no size tells. */
function alter(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Whether the power is cut at a moment of a durable write. */
type CutAt = (write: DurableWrite, moment: string) => boolean;

async function planned(t: Test, cutAtOf: (device: TestDevice) => CutAt = () => () => false) {
  const device = await testDevice(t);
  const life = await device.start({ power: { cutAt: cutAtOf(device) } });
  const before = await device.picture();
  const plan = await installPlan(device, life, 7);
  const { source } = setupIn(plan.tasks[0]?.data ?? {});
  return { device, life, before, plan, upload: source.kind === 'file' ? source.path : '' };
}

/** The daemon starts anew, and ends what is open. */
async function goOn(device: TestDevice) {
  const life = await device.start();
  const [open] = life.changes.open();
  if (open === undefined) throw new Error('no change is open');
  await life.runner.run(open.id);
  return life.changes.get(open.id) ?? open;
}

async function runUntilCut(life: Life, plan: ChangePlan): Promise<void> {
  await life.run(plan).catch(() => {});
  await life.runner.stop();
}

t.test('the upload, before its change begins', async (t) => {
  const { device, life, before, plan, upload } = await planned(t);
  alter(upload);
  t.match(errorOf(await life.run(plan)), refusal);
  t.notOk(device.systemd.calls.includes(unit), 'and was never mounted');
  t.strictSame(await device.picture(), before);
});

t.test('the file, right after it has its final name', async (t) => {
  let altered = 0;
  const { device, life, before, plan } = await planned(t, ({ root }) => ({ op, path }, moment) => {
    if (op === 'rename' && moment === 'after' && path === join(root, blob)) {
      altered += 1;
      alter(path);
    }
    return false;
  });
  t.match(errorOf(await life.run(plan)), refusal);
  t.equal(altered, 1);
  t.notOk(device.systemd.calls.includes(unit), 'and was never mounted');
  t.strictSame(await device.picture(), before);
});

interface Cut {
  readonly title: string;
  readonly at: (device: TestDevice) => CutAt;
  /** Whether the file has been mounted by then. */
  readonly isMounted: boolean;
}

const cuts: readonly Cut[] = [
  {
    title: 'when it has its final name',
    at: () => (write, moment) => write.op === 'rename' && moment === 'after' && write.path.endsWith(blob),
    isMounted: false,
  },
  {
    title: 'when its digest is written',
    at: () => (write, moment) =>
      write.op === 'replace' && moment === 'after' && write.path.endsWith('digests/demo_7.snap'),
    isMounted: false,
  },
  {
    title: 'when it was mounted, and that is not known',
    at: (device) => (write) => write.op === 'commit' && device.systemd.calls.includes(unit),
    isMounted: true,
  },
];

for (const { title, at, isMounted } of cuts) {
  t.test(`the file, while the power is off: ${title}`, async (t) => {
    const { device, life, before, plan } = await planned(t, at);
    await runUntilCut(life, plan);
    t.ok(life.wasCut());
    t.equal(device.systemd.isActive('snap-demo-7.mount'), isMounted);
    device.systemd.calls.length = 0;
    alter(join(device.root, blob));
    t.match(errorOf(await goOn(device)), refusal);
    t.notOk(device.systemd.calls.includes(unit), 'and it was not mounted again');
    t.strictSame(await device.picture(), before);
  });
  t.test(`what was not altered goes on: ${title}`, async (t) => {
    const { device, life, plan } = await planned(t, at);
    await runUntilCut(life, plan);
    t.equal(errorOf(await goOn(device)), '');
    t.ok(device.systemd.isActive('snap-demo-7.mount'));
  });
}
