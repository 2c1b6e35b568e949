/** The life of an app with its data: installed, refreshed, broken and taken back, reverted, removed, restored. */
import { join } from 'node:path';
import t from 'tap';
import { APP_LIFE } from './lab/app-life.ts';
import { appOn } from './lab/app-seen.ts';
import { openLab, resume } from './lab/lab.ts';

t.test('an app lives with its data on the machine', async (t) => {
  const lab = await openLab();
  const device = await resume(lab, join(lab.folder, 'apps'));
  t.teardown(() => device.machine.stop());
  for (const { title, commands, fails, promised } of APP_LIFE) {
    const [last = '', ...others] = commands.toReversed();
    for (const command of others.reverse()) await device.run(command);
    const { status, output } = await device.tryRun(last);
    t.equal(status, fails === undefined ? 0 : 1, last, { output });
    if (fails !== undefined) t.match(output, fails, 'what fails says why');
    t.same(await appOn(device), promised, title);
  }
});
