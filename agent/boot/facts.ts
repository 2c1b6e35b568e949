/**
 * What really booted. The kernel command line is the word of the script that ran; the mounts are what the initramfs made
 * of it. Where both speak and differ, the slot is not taken as having run, so nothing can be confirmed by mistake.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BootedFacts, parseCommandLine, type SlotNames } from '../../bootloader/protocol/index.ts';
import type { Layout } from './layout.ts';
import { parseLines, type TextRecord } from './text-record.ts';

export interface BootFacts {
  readonly bootId: string;
  readonly booted: BootedFacts;
  /** `/run/holdfast/boot`: what the initramfs did; empty where it left nothing. */
  readonly initramfs: TextRecord;
  /** The hardware watchdog caused this boot. */
  readonly watchdogReset: boolean;
  /** Slots whose command line and mounts differ, as sentences. */
  readonly contradictions: readonly string[];
}

/** WDIOF_CARDRESET of <linux/watchdog.h>. */
const cardReset = 32;
const maxFactBytes = 65536;

/** Reads the facts of this boot. A file that is missing is an absent fact, not an error. */
export async function readFacts(layout: Layout): Promise<BootFacts> {
  const [bootId, commandLine, record, status, backing] = await Promise.all([
    readFact(layout.bootId),
    readFact(layout.commandLine),
    readFact(layout.bootRecord),
    readFact(layout.watchdogStatus),
    backingFiles(layout),
  ]);
  const booted = parseCommandLine(commandLine);
  const { ran, contradictions } = confirmedByMounts(booted.ran, backing);
  return {
    bootId: bootId.trim(),
    booted: { ...booted, ran },
    initramfs: parseLines(record.split('\n')),
    watchdogReset: (Number.parseInt(status, 10) & cardReset) !== 0,
    contradictions,
  };
}

/**
 * Drops from `ran` what the mounts contradict. Only loop devices that are backed by a snap of the same name speak: a
 * mount that is not there says nothing, as the initramfs of another image may mount in another way.
 */
export function confirmedByMounts(ran: SlotNames, backing: readonly string[]) {
  const kept: { kernel?: string; base?: string; gadget?: string } = { ...ran };
  const contradictions: string[] = [];
  for (const slot of ['kernel', 'base'] as const) {
    const file = ran[slot];
    if (file === undefined) continue;
    const mounted = backing.filter((other) => nameOf(other) === nameOf(file));
    if (mounted.length === 0 || mounted.includes(file)) continue;
    delete kept[slot];
    contradictions.push(`the command line names the ${slot} ${file}, but ${mounted.join(', ')} is mounted`);
  }
  return { ran: kept satisfies SlotNames, contradictions };
}

function nameOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('_')));
}

/** File names behind the loop devices. */
async function backingFiles(layout: Layout): Promise<string[]> {
  const devices = await readdir(layout.loopDevices).catch(() => []);
  const loops = devices.filter((name) => /^loop\d+$/.test(name)).slice(0, 256);
  const files = await Promise.all(loops.map((name) => readFact(join(layout.loopDevices, name, 'loop/backing_file'))));
  return files.map((file) => basename(file.trim())).filter((file) => file !== '');
}

async function readFact(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.slice(0, maxFactBytes);
}

/** Seconds since the kernel started; under `--root`, where nothing booted, since this process started. */
export async function readUptime(layout: Layout): Promise<number> {
  const seconds = Number.parseFloat(await readFact(layout.uptime));
  return Number.isFinite(seconds) ? seconds : process.uptime();
}
