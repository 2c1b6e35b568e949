/** One boot in QEMU, from the kernel's start to the first reset or power-off. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CORE, KERNEL, readRecord, sectorOf } from './disk.ts';
import type { Kernel } from './kernel.ts';
import { type LogEntry, parseWriteLog } from './writelog.ts';

const LIMIT_MS = 120_000;

/** The words with which the boot script begins every command line. */
function scriptWords(): string {
  const script = readFileSync(new URL('../../scripts/boot.cmd', import.meta.url), 'utf8');
  const words = /setenv bootargs "([^$"]*) snap_core=/.exec(script)?.[1];
  if (words === undefined) throw new Error('the boot script sets no bootargs');
  return words;
}

export interface BootOptions {
  /** A directory of this boot's own, with a short path: a socket lives in it. */
  readonly scratch: string;
  readonly kernel: Kernel;
  readonly initrd: string;
  readonly disk: string;
  /** Added to the kernel command line. */
  readonly words: string;
  /** The disk takes no writes. */
  readonly readOnly?: boolean;
}

export interface Boot {
  readonly console: string;
  /** QMP's reason for the end: `guest-reset`, `guest-shutdown`; empty if QEMU had to be killed. */
  readonly end: string;
  /** The first block of hf-journal, which only a trial writes. */
  readonly trialTrace: string;
  /** The second block: any other boot. */
  readonly trace: string;
  /** The first block of hf-mark. */
  readonly mark: string;
  /** The second block of hf-mark: how often the good set was started in vain. */
  readonly starts: string;
  /** What reached the disk, in order; empty for a read-only disk. */
  readonly writes: readonly LogEntry[];
}

function driveArguments(disk: string, log: string, readOnly: boolean): string[] {
  const file = `driver=file,filename=${disk}`;
  if (readOnly) return ['-blockdev', `${file},node-name=disk,read-only=on`];
  writeFileSync(log, '');
  const recorder = 'driver=blklogwrites,node-name=disk,file=raw,log=log,log-super-update-interval=1';
  return [
    '-blockdev',
    `${file},node-name=raw`,
    '-blockdev',
    `driver=file,filename=${log},node-name=log`,
    '-blockdev',
    recorder,
  ];
}

/** QMP as it is sent. The write stands for the boot script's: made by the machine before the kernel runs, and not flushed. */
function commands(readOnly: boolean): string {
  const script = `qemu-io -d /machine/peripheral/vda/virtio-backend "write -P 0x55 ${sectorOf('hf-env-a') * 512} 4096"`;
  const write = { execute: 'human-monitor-command', arguments: { 'command-line': script } };
  const list = [{ execute: 'qmp_capabilities' }, ...(readOnly ? [] : [write]), { execute: 'cont' }];
  return list.map((command) => `${JSON.stringify(command)}\n`).join('');
}

/** Boots until QEMU ends: a reset ends it too. */
export async function boot(options: BootOptions): Promise<Boot> {
  const { scratch, kernel, initrd, disk, words, readOnly = false } = options;
  const socket = join(scratch, 'qmp');
  const log = join(scratch, 'writes.log');
  let events = '';
  const server = createServer((connection) => {
    connection.on('data', (data) => {
      events += data.toString();
    });
    connection.write(commands(readOnly));
  });
  server.listen(socket);
  await once(server, 'listening');
  const line = `${scriptWords()} quiet snap_kernel=${KERNEL} snap_core=${CORE} snap_gadget=gadget_x1.snap ${words}`;
  const qemu = spawn(
    'qemu-system-aarch64',
    [
      ...['-M', 'virt', '-cpu', 'cortex-a72', '-accel', 'tcg', '-m', '256', '-nodefaults', '-no-user-config'],
      ...['-display', 'none', '-serial', 'stdio', '-no-reboot', '-S', '-qmp', `unix:${socket}`],
      ...driveArguments(disk, log, readOnly),
      ...['-device', 'virtio-blk-pci,drive=disk,id=vda', '-device', 'i6300esb', '-action', 'watchdog=reset'],
      ...['-kernel', kernel.image, '-initrd', initrd, '-append', line],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  );
  let console = '';
  for (const stream of [qemu.stdout, qemu.stderr]) {
    stream.on('data', (data) => {
      console += String(data);
    });
  }
  await once(qemu, 'close');
  server.close();
  return {
    console: console.replaceAll('\r', ''),
    end: /"event": "SHUTDOWN".*"reason": "([a-z-]+)"/.exec(events)?.[1] ?? '',
    trialTrace: await readRecord(disk, 'hf-journal'),
    trace: await readRecord(disk, 'hf-journal', 1),
    mark: await readRecord(disk, 'hf-mark'),
    starts: await readRecord(disk, 'hf-mark', 1),
    writes: readOnly ? [] : parseWriteLog(await readFile(log)),
  };
}
