/**
 * Power goes in the middle of each write of the boot environment during an update. What U-Boot then decides is what the model
 * says of the bytes that are left; and the device comes up on a set that is named good, with both copies mended.
 */
import { join } from 'node:path';
import t from 'tap';
import { type Medium, readVars, runScript } from '../../bootloader/protocol/index.ts';
import { PARTITION_OF, readMedium } from './lab/break-in.ts';
import { CUT_OFFSETS, diskAfterCut, type Recording, recordUpdate, switchOn } from './lab/cuts.ts';
import { type Lab, openLab } from './lab/lab.ts';

const WELL = { has: () => true, starts: () => true, saves: () => true, script: 'main' } as const;

/** `rule=try copy=b kernel=...`, as the script prints it. */
function choiceOf(medium: Medium): string {
  const start = runScript(medium, WELL).starts.at(-1);
  return `rule=${start?.rule} copy=${start?.copy} kernel=${start?.set.kernel} core=${start?.set.base} gadget=${start?.set.gadget ?? ''}`;
}

t.test('power cuts inside writes of the environment', async (t) => {
  const lab: Lab = await openLab();
  const folder = join(lab.folder, 'cuts');
  const recording: Recording = await recordUpdate(lab, 'good-kernel', join(folder, 'recorded'));

  const places = recording.writes.map(({ place }) => place);
  t.ok(places.includes('env-a') && places.includes('env-b'), `both copies were written: ${places.join(', ')}`);
  t.ok(recording.writes.length >= 4, 'by stage, by the script, and twice by confirm');
  t.same(new Set(recording.writes.map(({ length }) => length)), new Set([4096]), 'each in one write of 4096 bytes');

  for (const [number, write] of recording.writes.entries()) {
    const title = `write ${number + 1} of ${recording.writes.length}, to ${PARTITION_OF[write.place]}`;
    for (const bytes of CUT_OFFSETS) {
      t.test(`${title}, cut after ${bytes} bytes: U-Boot decides as the model`, async (t) => {
        const directory = join(folder, `${number}-${bytes}`);
        const disk = await diskAfterCut(recording, write, bytes, directory);
        const medium = await readMedium(disk);
        const device = await switchOn(lab, disk, join(directory, 'machine'));
        t.teardown(() => device.machine.stop());
        const { text } = await device.expect(/rule=\S+ copy=\S+ kernel=\S+ core=\S+ gadget=\S*(?=\s)/);
        t.equal(text, choiceOf(medium));
        const copies = [readVars(medium['env-a']), readVars(medium['env-b'])];
        t.ok(copies[0] !== undefined || copies[1] !== undefined, 'one copy is whole');
      });
    }
    // The whole way takes a minute or two: the first write to each place goes it, and the last one.
    if (places.indexOf(write.place) !== number && number !== places.length - 1) continue;
    t.test(`${title}, cut in its middle: the device comes up and mends itself`, async (t) => {
      const directory = join(folder, `${number}-whole`);
      const disk = await diskAfterCut(recording, write, 100, directory);
      const torn = readVars((await readMedium(disk))[write.place]) === undefined;
      t.ok(torn, 'the copy is torn');
      const device = await switchOn(lab, disk, join(directory, 'machine'));
      t.teardown(() => device.machine.stop());
      const status = await device.settledStatus();
      t.same(status.running, status.good, 'it runs what it names good');
      t.match(status.running['kernel'], /^virt-kernel_x[12]\.snap$/);
      await device.run('sync');
      const image = device.machine.disk;
      await device.machine.stop();
      if (image === undefined) throw new Error('the machine has no disk');
      const after = await readMedium(image);
      t.ok(readVars(after['env-a']), 'copy A is valid');
      t.same(readVars(after['env-a']), readVars(after['env-b']), 'both copies say the same');
    });
  }
});
