/**
 * The power goes during tasks of a refresh of an app, and with it about half of what the disk had only in its cache. The device
 * comes up with the change finished or undone, one revision current, its data readable, and nothing left half done.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { randomFrom } from '../crash/random.ts';
import { APP } from './lab/app.ts';
import { diskAt, momentIn, recordRefresh } from './lab/app-cuts.ts';
import { appOn } from './lab/app-seen.ts';
import { changesOf } from './lab/change.ts';
import { switchOn } from './lab/cuts.ts';
import { openLab } from './lab/lab.ts';

const SEED = 5;
/** Of the steps of a refresh that the database tells apart, so many are cut. */
const CUTS = 2;

t.test('power cuts in the tasks of a refresh of an app', async (t) => {
  const lab = await openLab();
  const folder = join(lab.folder, 'app-cuts');
  await rm(folder, { recursive: true, force: true });
  const recording = await recordRefresh(lab, join(folder, 'recorded'));
  const { steps, log, change } = recording;
  t.equal(change.status, 'Done', 'the refresh that is recorded goes well');
  t.same(steps.flatMap(({ tasks }) => tasks).length, change.tasks.length, 'each task is found in the log');
  t.ok(steps.length >= CUTS, `the database tells ${steps.length} steps apart`);

  const random = randomFrom(SEED);
  const left = [...steps];
  while (left.length > steps.length - CUTS) {
    const [step] = left.splice(random.int(left.length), 1);
    if (step === undefined) throw new Error('there are fewer steps than cuts');
    const moment = momentIn(step, log, random);
    t.test(`while it was to "${step.tasks.join('", "')}"`, async (t) => {
      t.comment(`after ${moment.entries} of ${step.begin} to ${step.end}, without ${moment.lost.length} writes`);
      const directory = join(folder, String(moment.entries));
      const device = await switchOn(lab, await diskAt(recording, moment, directory), join(directory, 'machine'));
      t.teardown(() => device.machine.stop());
      await device.expect('holdfast# ');
      await device.tryRun('systemctl is-system-running --wait');
      await device.settled();
      const end = (await changesOf(device)).find(({ id }) => id === change.id);
      // Of one that was never durable there is nothing.
      t.match(end?.status ?? 'Undone', /^(Done|Error|Undone)$/, 'the change is over');
      const [current, other] = end?.status === 'Done' ? ['x2', 'x1'] : ['x1', ''];
      const seen = await appOn(device);
      t.same(seen.links, [current, current], 'one revision is the current one');
      t.same(seen.service, ['active', current], 'and its service runs');
      const revisions = [current, other].filter((name) => name !== '').sort();
      t.same(seen.mounted, revisions, 'what there is is mounted');
      t.same(
        seen.files,
        revisions.map((name) => `${name}.snap`),
        'and nothing else is there',
      );
      t.same(seen.data, ['common', 'current', ...revisions], 'neither is other data');
      t.match(seen.diary, new RegExp(`^version ${current === 'x2' ? 2 : 1} revision ${current}\nstarts: 1 x1\n`));
      t.match(seen.diary, /^note: before the refresh$/m, 'its data can be read');
      t.equal(await device.run(`cat /var/snap/${APP}/x1/notes`), 'before the refresh\n', 'that of the first is there');
      t.same([seen.unfinished, seen.failed], [[], []], 'nothing is left half done, and no unit has failed');
    });
  }
});
