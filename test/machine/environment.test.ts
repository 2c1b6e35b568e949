/** What fails on the good set, too, is not the fault of what was tried. */
import t from 'tap';
import { bootsOf, whyOf } from './lab/boots.ts';
import { openTrial, resumeTrial } from './lab/open-trial.ts';

const lab = await openTrial();

t.test('a cable that is pulled out during a trial, and stays out', async (t) => {
  const device = await resumeTrial(lab, 'environment');
  t.teardown(() => device.machine.stop());
  await device.machine.setLink(false);
  const { text } = await device.expect(/holdfast: rule=\S+(?=\s)/);
  t.equal(text, 'holdfast: rule=default', 'the agent went back by itself');
  await device.backToGood();
  const { lines, cause } = await whyOf(device);
  t.match(cause, /^Cause: environment: .*\blink\b/, lines.join('\n'));
  const status = await device.status();
  t.match(status.outcomes[0], { what: 'reverted', cause: 'environment' });
  t.same(status.heldBack, [], 'the kernel is not to blame');
  const tried = (await bootsOf(device)).find(({ trial }) => trial);
  t.match(
    tried?.checks.find(({ check }) => check === 'link'),
    { weight: 'required', state: 'fail' },
  );
});
