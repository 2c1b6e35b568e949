/**
 * Power cuts in the tasks of a refresh of the app. One refresh is recorded, write by write. Which task was under way at each
 * write is what the database says, whose own writes are among them: the row of a task says `Done` when it is over.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskImage } from '../../../images/qemu/arguments.ts';
import { withDisk } from '../../../images/qemu/disk-access.ts';
import { Machine } from '../../../images/qemu/machine.ts';
import { replay } from '../../../images/qemu/replay.ts';
import { readWriteLog, volatileWrites, type WriteLog } from '../../../images/qemu/write-log.ts';
import type { Random } from '../../crash/random.ts';
import { APP, APP_FILES } from './app.ts';
import { type ChangeSeen, changesOf } from './change.ts';
import { Device } from './device.ts';
import type { Lab } from './lab.ts';

export interface RefreshRecording {
  readonly file: string;
  /** The disk when recording began. */
  readonly base: DiskImage;
  readonly log: WriteLog;
  readonly change: ChangeSeen;
  readonly steps: readonly RecordedStep[];
}

/** Tasks that one commit says are over; the power may go after `begin` entries of the log, up to `end`, where it says so. */
export interface RecordedStep {
  readonly tasks: readonly string[];
  readonly begin: number;
  readonly end: number;
}

/** Installs the app, has a note taken, and refreshes it. */
export async function recordRefresh(lab: Lab, directory: string): Promise<RefreshRecording> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'writes.log');
  const machine = await Machine.fromState(lab.ready, { directory });
  await machine.start({ recordWrites: file });
  try {
    const device = new Device(machine);
    await device.run(`holdfast install --dangerous --devmode /mnt/${APP_FILES.first}.snap`);
    await device.run(`${APP} note before the refresh; sync`);
    await device.run(`holdfast install --dangerous --devmode /mnt/${APP_FILES.second}.snap`);
    const [change] = await changesOf(device);
    if (change === undefined) throw new Error('the device knows of no refresh');
    await machine.stop();
    const base: DiskImage = { file: join(lab.ready.directory, 'disk'), format: 'qcow2' };
    return await withDisk({ file, format: 'raw' }, {}, async (source) => {
      const log = await readWriteLog(source);
      const pages: Page[] = [];
      for (const { kind, index, dataOffset, length } of log.entries)
        if (kind === 'write') pages.push({ index, text: (await source.read(dataOffset, length)).toString('latin1') });
      return { file, base, log, change, steps: stepsOf(change, pages) };
    });
  } finally {
    await machine.stop();
  }
}

/** What a write has in it, one character for a byte. */
export interface Page {
  readonly index: number;
  readonly text: string;
}

/** In the order in which they were over. Pure. @throws Error where one never was */
export function stepsOf({ id, tasks }: ChangeSeen, pages: readonly Page[]): RecordedStep[] {
  // A row is its change, kind, summary, status and log, one behind the other; a small number is one byte.
  const rows = tasks.map(({ kind, summary }) => `${String.fromCharCode(id)}${kind}${summary}`);
  const begun = pages.findIndex(({ text }) => rows.some((row) => text.includes(`${row}Do`)));
  const over = rows.map((row, at) => {
    const page = pages.find(({ text }) => text.includes(`${row}Done[`));
    if (page === undefined) throw new Error(`the write log never says that ${tasks[at]?.summary} is done`);
    return { task: tasks[at]?.summary ?? '', index: page.index };
  });
  const ends = [...new Set(over.map(({ index }) => index))].sort((a, b) => a - b);
  return ends.map((end, at) => ({
    tasks: over.filter(({ index }) => index === end).map(({ task }) => task),
    begin: (ends[at - 1] ?? pages[begun]?.index ?? 0) + 1,
    end,
  }));
}

/** A moment within a step: so many entries of the log have happened, without some that only a cache had. */
export interface Moment {
  readonly entries: number;
  readonly lost: readonly number[];
}

/** Chooses one, and loses about half of what the medium had not confirmed. */
export function momentIn({ begin, end }: RecordedStep, log: WriteLog, random: Random): Moment {
  const entries = begin + random.int(end - begin + 1);
  const lost = volatileWrites(log, entries).flatMap(({ index }) => (random.chance(0.5) ? [index] : []));
  return { entries, lost };
}

/** The disk as a power cut at this moment left it. */
export async function diskAt({ file, base }: RefreshRecording, moment: Moment, directory: string): Promise<DiskImage> {
  await mkdir(directory, { recursive: true });
  return replay(file, base, join(directory, 'cut.qcow2'), moment);
}
