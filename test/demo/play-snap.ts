/** Plays a case in which a snap is installed on the one device. */
import { readBootState } from '../../bootloader/protocol/index.ts';
import { journalBytesOf } from '../machine/lab/boots.ts';
import { damageBootScript, installAndStop, loseFromBootPartition, readMedium } from '../machine/lab/break-in.ts';
import type { Device } from '../machine/lab/device.ts';
import type { OutcomeSeen } from '../machine/lab/status.ts';
import type { SnapCase } from './cases.ts';
import { evidenceLines } from './evidence.ts';
import { seconds, setText } from './format.ts';
import { brokenPromises } from './promise.ts';
import type { Played } from './result.ts';
import type { Stage } from './stage.ts';

/** Installs the snap of the case, and tells what came of it. */
export async function playSnap(stage: Stage, it: SnapCase): Promise<Played> {
  const { device, narrator } = stage;
  await device.mountPayload();
  if (it.kind === 'script-damaged') await damage(stage);
  const before = await stage.status();
  narrator.note(`holdfast install --dangerous ${it.snap}.snap`);
  const events = device.machine.events.length;
  const during = await narrator.during('waiting for the device', happen(stage, it));
  const watchdog = device.machine.events
    .list()
    .slice(events)
    .some(({ name }) => name === 'WATCHDOG');
  const after = await stage.status();
  const outcome = after.outcomes[0];
  // A machine that is switched off and on begins with the host's time: its clock has jumped between the two moments.
  const took = it.kind === 'kernel-lost' ? undefined : trialSeconds(outcome);
  narrator.fact('console', ...evidenceLines(during, it.promised.evidence));
  if (watchdog) narrator.fact('machine', 'the hardware watchdog reset it');
  narrator.fact('device', `good set ${setText(after.good)}; it runs ${setText(after.running)}`);
  narrator.fact('outcome', `${outcome?.what ?? 'none'}: ${setText(outcome?.set ?? {})}`);
  if (outcome?.cause !== undefined) narrator.fact('cause', `${outcome.cause}: ${outcome.message}`);
  const end = it.promised.what === 'confirmed' ? 'confirmed' : 'back on the good set';
  if (took !== undefined) narrator.fact('took', `${seconds(took)} from armed to ${end}, by the device's clock`);
  stage.journalBytes.push(await journalBytesOf(device));
  if (it.kind === 'script-damaged') await mend(stage);
  return {
    seconds: took,
    cause: outcome?.cause,
    broken: brokenPromises(it, { before, after, during, watchdog }),
  };
}

/** What passed between arming and the end; `undefined` where there was no trial. */
function trialSeconds(outcome: OutcomeSeen | undefined): number | undefined {
  const millis = Date.parse(outcome?.time ?? '') - Date.parse(outcome?.stagedTime ?? '');
  return Number.isNaN(millis) ? undefined : millis / 1000;
}

/** Until the device has said how the trial ended; what the console said while it ran, or instead of it. */
async function happen({ device, narrator }: Stage, it: SnapCase): Promise<string> {
  switch (it.kind) {
    case 'trial': {
      await device.install(it.snap);
      const run = it.promised.what === 'confirmed' ? await device.confirmed() : await device.reverted();
      return `holdfast: rule=try${run.during}`;
    }
    case 'kernel-lost': {
      const image = await installAndStop(device, it.snap);
      const { trying } = readBootState(await readMedium(image));
      await loseFromBootPartition(image, `${trying.kernel}/kernel.img`);
      narrator.note(`the device is off; ${trying.kernel}/kernel.img is deleted; the device is switched on`);
      await device.machine.start();
      return untilGood(device);
    }
    case 'script-damaged':
      await device.install(it.snap);
      return untilGood(device);
  }
}

/** A boot on which U-Boot starts the good set: what it said, and then the word of the agent. */
async function untilGood(device: Device): Promise<string> {
  const { before, text } = await device.expect(/holdfast: rule=(?!try)[a-z-]+[^\n]*\n/);
  await device.backToGood();
  return before + text;
}

async function damage({ device, narrator }: Stage): Promise<void> {
  await device.run('cp /boot/uboot/boot.scr /var/tmp/boot.scr');
  await damageBootScript(device);
  narrator.note('/boot/uboot/boot.scr is damaged');
}

/** A damaged script starts no trials, so the cases after this one need it whole. */
async function mend({ device, narrator }: Stage): Promise<void> {
  await device.run('dd if=/var/tmp/boot.scr of=/boot/uboot/boot.scr conv=fsync 2>/dev/null; rm /var/tmp/boot.scr');
  narrator.note('/boot/uboot/boot.scr is whole again');
}
