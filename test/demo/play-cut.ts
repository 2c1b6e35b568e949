/** Plays a case in which the power goes inside a write to the boot environment, on a device of its own. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Medium, readBootState, readVars, runScript } from '../../bootloader/protocol/index.ts';
import { readMedium } from '../machine/lab/break-in.ts';
import { diskAfterCut, type Recording, recordUpdate, switchOn } from '../machine/lab/cuts.ts';
import type { Device } from '../machine/lab/device.ts';
import type { CutCase } from './cases.ts';
import { plain, seconds, setText } from './format.ts';
import { isSame } from './promise.ts';
import type { Played } from './result.ts';
import type { Stage } from './stage.ts';

/** Bytes of the write that reach the medium: in the middle of the CRC, and twice inside the names. */
const OFFSETS: readonly number[] = [2, 60, 150];
/** The one with which the device is let come up to its agent. */
const FULL_BOOT_OFFSET = 150;
const U_BOOT_MS = 120_000;

const WELL = { has: () => true, starts: () => true, saves: () => true, script: 'main' } as const;

/** Records an update once for all cases, and throws the recording away at the end. */
export class Recorder {
  readonly #stage: Stage;
  readonly #folder: string;
  #made: Promise<Recording> | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#folder = join(stage.folder, 'cuts');
  }

  get folder(): string {
    return this.#folder;
  }

  get(snap: string): Promise<Recording> {
    this.#made ??= this.#record(snap);
    return this.#made;
  }

  async #record(snap: string): Promise<Recording> {
    const { lab, narrator } = this.#stage;
    await rm(this.#folder, { recursive: true, force: true });
    const directory = join(this.#folder, 'recorded');
    await mkdir(directory, { recursive: true });
    narrator.note(`a second device installs ${snap}.snap while every write to its disk is recorded`);
    const recording = await narrator.during('recording an update', recordUpdate(lab, snap, directory));
    await this.#stage.keepLog(join(directory, 'serial.log'), 'power-cut-recording');
    narrator.note(`recorded: ${recording.writes.map(({ place }) => place).join(', ')}, 4096 bytes each`);
    return recording;
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

/** Cuts the first write to the place of the case at several bytes, and tells what U-Boot and the device make of it. */
export async function playCut(stage: Stage, recorder: Recorder, it: CutCase): Promise<Played> {
  const { narrator, lab } = stage;
  const recording = await recorder.get(it.snap);
  const number = recording.writes.findIndex(({ place }) => place === it.place);
  const write = recording.writes[number];
  if (write === undefined) return { seconds: undefined, cause: undefined, broken: [`${it.place} was never written`] };
  narrator.fact('cut', `in write ${number + 1} of ${recording.writes.length}, to hf-${it.place}`);
  const broken: string[] = [];
  let took: number | undefined;
  for (const bytes of OFFSETS) {
    const directory = join(recorder.folder, `${it.name}-${bytes}`);
    const disk = await diskAfterCut(recording, write, bytes, directory);
    const medium = await readMedium(disk);
    if (readVars(medium[it.place]) !== undefined) broken.push(`the copy is whole after a cut at byte ${bytes}`);
    narrator.note(`power cut at byte ${bytes}: ${copiesText(medium)}; switched on`);
    const start = Date.now();
    const device = await switchOn(lab, disk, join(directory, 'machine'));
    try {
      const chosen = await firstChoice(device);
      narrator.note(`U-Boot decides ${chosen}`);
      if (chosen !== choiceOf(medium)) broken.push(`at byte ${bytes} the model decides ${choiceOf(medium)}`);
      if (bytes === FULL_BOOT_OFFSET) {
        broken.push(...(await fullBoot(stage, it, device)));
        took = ((await device.clock()) - start) / 1000;
        narrator.fact('took', `${seconds(took)} from power-on to rest`);
      }
    } finally {
      await device.machine.stop();
      await stage.keepLog(join(directory, 'machine', 'serial.log'), `${it.name}-byte-${bytes}`);
    }
  }
  return { seconds: took, cause: undefined, broken };
}

/** `copy a valid, copy b torn`. */
function copiesText(medium: Medium): string {
  const { a, b } = readBootState(medium).copies;
  return `copy a ${a.valid ? 'valid' : 'torn'}, copy b ${b.valid ? 'valid' : 'torn'}`;
}

/** `rule=try copy=b kernel=...`, as the script prints it. */
function choiceOf(medium: Medium): string {
  const start = runScript(medium, WELL).starts.at(-1);
  return `rule=${start?.rule} copy=${start?.copy} kernel=${start?.set.kernel} core=${start?.set.base} gadget=${start?.set.gadget ?? ''}`;
}

async function firstChoice({ machine }: Device): Promise<string> {
  // Up to the end of the line, or a piece of it would do.
  const pattern = /rule=\S+ copy=\S+ kernel=\S+ core=\S+ gadget=\S*(?=[\r\n])/;
  return (await machine.console.expect(pattern, { timeoutMs: U_BOOT_MS })).text;
}

/** Lets the device come to rest; what is not as it should be then. */
async function fullBoot({ narrator }: Stage, it: CutCase, device: Device): Promise<string[]> {
  const status = await narrator.during('the device comes up and to rest', device.settledStatus());
  const text = plain(await device.run('holdfast status'));
  const environment = /^Environment +(.*)$/m.exec(text)?.[1] ?? 'not told';
  const outcome = status.outcomes[0];
  const cause = outcome?.cause === undefined ? '' : ` (${outcome.cause}: ${outcome.message})`;
  narrator.fact('device', `good set ${setText(status.good)}; it runs ${setText(status.running)}`, environment);
  narrator.fact('outcome', `${outcome?.what ?? 'none'}: ${setText(outcome?.set ?? {})}${cause}`);
  const broken: string[] = [];
  if (!isSame(status.good, status.running)) broken.push('it does not run its good set');
  if (environment !== 'copy a good, copy b good, last-good record good') broken.push('the environment is not mended');
  if (outcome?.what !== 'confirmed') broken.push(`${it.snap} did not get its trial${cause}`);
  return broken;
}
