/** A trial that ends without having shown anything goes on: after a reboot by its operator, and after power cuts, three starts in all. */
import t from 'tap';
import { bootsOf, whyOf } from './lab/boots.ts';
import type { Device } from './lab/device.ts';
import { openTrial, resumeTrial } from './lab/open-trial.ts';

const lab = await openTrial();
const GOOD = 'holdfast: rule=after-trial copy=';
const TRIED = 'virt-kernel_x2.snap';

/** The next start of the boot script chooses the good set, which arms the trial again by itself. */
async function goesOn(device: Device): Promise<void> {
  await device.expect(GOOD);
  await device.expect('holdfast: rule=try copy=');
}

async function cutPower({ machine }: Device): Promise<void> {
  await machine.cutPower();
  await machine.start();
}

t.test('an operator reboots while it is watched, then the power goes: it goes on, and is confirmed', async (t) => {
  const device = await resumeTrial(lab, 'interrupted');
  t.teardown(() => device.machine.stop());
  await device.machine.console.send('systemctl reboot\n');
  await goesOn(device);
  await device.expect('holdfast# ');
  await cutPower(device);
  await goesOn(device);
  await device.ready();
  await device.settled();
  const status = await device.status();
  t.equal(status.good['kernel'], TRIED, 'it is the good one now');
  t.same(status.running, status.good);
  t.equal(status.outcomes[0]?.what, 'confirmed');
  const boots = await bootsOf(device);
  t.same(
    boots.filter(({ trial }) => trial).map(({ end, verdict }) => verdict?.kind ?? end),
    ['good', 'power-cut', 'shutdown'],
    'the boot journal has all three starts of it',
  );
});

t.test('three power cuts end it as unexplained; the good set is never in question', async (t) => {
  const device = await resumeTrial(lab, 'power-cuts');
  t.teardown(() => device.machine.stop());
  await cutPower(device);
  await goesOn(device);
  await device.expect('Starting kernel');
  await cutPower(device);
  await goesOn(device);
  await device.expect('holdfast-init: starting');
  await cutPower(device);
  await device.expect(GOOD);
  await device.backToGood();
  const status = await device.status();
  t.equal(status.good['kernel'], 'virt-kernel_x1.snap');
  t.same(status.running, status.good);
  t.match(status.outcomes[0], { what: 'reverted', cause: 'unexplained' });
  t.notOk(status.hasTrial, 'nothing is tried any more');
  const { lines, cause } = await whyOf(device);
  t.match(cause, /^Cause: unexplained: .*power/, lines.join('\n'));
  const boots = await bootsOf(device);
  t.equal(boots.filter(({ trial, end }) => trial && end === 'power-cut').length, 3, 'three cuts were seen');
  const good = boots.filter(({ trial }) => !trial);
  t.ok(
    good.every(({ rule }) => rule === 'default' || rule === 'after-trial'),
    'the good set was always the good one',
  );
});
