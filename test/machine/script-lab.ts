/**
 * A bench for the boot script alone: the real script on the real U-Boot over any content of the four places, with kernels
 * that switch the machine off as soon as they run. One run takes well under a second.
 */
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Medium, PLACE_BYTES, PLACES, type Place } from '../../bootloader/protocol/index.ts';
import { compileBootScript } from '../../bootloader/scripts/compile.ts';
import { bootEnvironmentImage } from '../../bootloader/scripts/flash.ts';

const exec = promisify(execFile);
const U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';
const SECTOR = 512;

/** First sectors of the raw places and of the boot partition on the lab's 48 MiB disk. */
const START: Readonly<Record<Place | 'system-boot', number>> = {
  'env-a': 2048,
  'system-boot': 4096,
  good: 86016,
  mark: 88064,
  'env-b': 90112,
};

/** Where the count of unfinished starts is: the second block of hf-mark. */
const STARTS = START.mark + PLACE_BYTES / SECTOR;

/** The longest a run may take, ms of wall time; a machine that is still there then has hung. */
const LIMIT_MS = 60_000;

export interface LabFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What the lab puts on the medium beside the four places, and what the machine is. */
export interface BootOptions {
  /** A reset does not end the run. */
  readonly reboots?: boolean;
  /** Default 512. */
  readonly memoryMiB?: number;
  /** Every write of the script fails. */
  readonly readOnly?: boolean;
  /** Content of the second block of hf-mark, 4096 bytes: the count of unfinished starts. Zeros where absent. */
  readonly starts?: Uint8Array;
  /** Places of a second disk, a copy of the first in all else. */
  readonly second?: Medium;
  /** The first partition table is overwritten. */
  readonly withoutFirstTable?: boolean;
}

/**
 * An arm64 Image that tries to stop the watchdog as its Linux driver does, prints what the watchdog's lock register then says
 * (bit 0: locked, bit 1: enabled), and calls PSCI SYSTEM_OFF: proof that it was started is that the machine went off. Or
 * SYSTEM_RESET.
 */
export function poweringOffKernel(end: 'off' | 'reset' = 'off'): Uint8Array {
  const image = Buffer.alloc(4096);
  image.writeUInt32LE(0x14000010, 0); // b #0x40: over the header
  image.writeBigUInt64LE(4096n, 16); // image_size
  image.writeBigUInt64LE(0xan, 24); // flags: little-endian, 4K pages, anywhere
  image.write('ARM\x64', 56, 'latin1');
  const code = [
    ...[0xd2800d01, 0xf2a20021, 0xf2c00801], // x1 = 0x4010010068: the lock register in the configuration space
    ...[0x3900003f, 0x39400022], // strb wzr, [x1]; ldrb w2, [x1]
    ...[0x1100c042, 0xd2a12003, 0xb9000062], // the console at 0x09000000 gets w2 as a digit
    ...[end === 'off' ? 0x52800100 : 0x52800120, 0x72b08000, 0xd4000002], // hvc #0 with w0 = 0x84000008 or 9
    0x14000000, // b .
  ];
  for (const [index, word] of code.entries()) image.writeUInt32LE(word, 64 + 4 * index);
  return image;
}

/** Which of the two boot scripts have a wrong CRC. */
export type ScriptDamage = 'none' | 'boot.scr' | 'both';

export class ScriptLab {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(folder: string): Promise<ScriptLab> {
    mkdirSync(folder, { recursive: true });
    const lab = new ScriptLab(folder);
    await compileBootScript(join(folder, 'boot.scr'));
    const disk = join(folder, 'empty.img');
    writeFileSync(disk, '');
    await exec('truncate', ['-s', '48M', disk]);
    const partitions = [
      ['hf-env-a', START['env-a'], 2048],
      ['system-boot', START['system-boot'], 81920],
      ['hf-good', START.good, 2048],
      ['hf-mark', START.mark, 2048],
      ['hf-env-b', START['env-b'], 2048],
    ] as const;
    const args = partitions.flatMap(([name, start, size], i) => [
      '-n',
      `${i + 1}:${start}:+${size - 1}s`,
      '-c',
      `${i + 1}:${name}`,
    ]);
    await exec('sgdisk', ['-a', '1', ...args, disk]);
    writeFileSync(join(folder, 'flash.img'), bootEnvironmentImage());
    return lab;
  }

  /** A disk with the scripts and the given files on its boot partition; a base for any number of runs. */
  async disk(name: string, files: readonly LabFile[], damage: ScriptDamage = 'none'): Promise<string> {
    const fat = join(this.#folder, `${name}.fat`);
    await exec('mkfs.vfat', ['-C', '-n', 'SYSTEM-BOOT', fat, '40960']);
    const script = readFileSync(join(this.#folder, 'boot.scr'));
    const main = Buffer.from(script);
    const backup = Buffer.from(script);
    if (damage !== 'none') main[main.length - 9] = (main[main.length - 9] ?? 0) ^ 0x40;
    if (damage === 'both') backup[backup.length - 9] = (backup[backup.length - 9] ?? 0) ^ 0x40;
    const all = [{ path: 'boot.scr', bytes: main }, { path: 'boot-backup.scr', bytes: backup }, ...files];
    for (const file of all) {
      const folder = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/')) : undefined;
      if (folder !== undefined) await exec('mmd', ['-i', fat, '-D', 's', `::${folder}`]).catch(() => undefined);
      const local = join(this.#folder, `${name}.part`);
      writeFileSync(local, file.bytes);
      await exec('mcopy', ['-i', fat, local, `::${file.path}`]);
    }
    const disk = join(this.#folder, `${name}.img`);
    copyFileSync(join(this.#folder, 'empty.img'), disk);
    write(disk, readFileSync(fat), START['system-boot'] * SECTOR);
    return disk;
  }

  /** Boots `disk` once with the given places. */
  async boot(
    disk: string,
    medium: Medium,
    name: string,
    options: BootOptions = {},
  ): Promise<{ readonly log: string; readonly medium: Medium; readonly starts: Uint8Array }> {
    const file = await this.#filled(disk, medium, `${name}.run.img`, options);
    const second =
      options.second === undefined ? [] : [await this.#filled(disk, options.second, `${name}.2.img`, options)];
    const log = await this.#run([file, ...second], options);
    const read = (place: Place): Uint8Array => readBytes(file, START[place] * SECTOR);
    return {
      log,
      medium: { 'env-a': read('env-a'), 'env-b': read('env-b'), good: read('good'), mark: read('mark') },
      starts: readBytes(file, STARTS * SECTOR),
    };
  }

  async #filled(disk: string, medium: Medium, name: string, options: BootOptions): Promise<string> {
    const copy = join(this.#folder, name);
    await exec('cp', ['--sparse=always', disk, copy]);
    for (const place of PLACES) write(copy, medium[place] ?? Buffer.alloc(PLACE_BYTES), START[place] * SECTOR);
    write(copy, options.starts ?? Buffer.alloc(PLACE_BYTES), STARTS * SECTOR);
    if (options.withoutFirstTable === true) write(copy, Buffer.alloc(33 * SECTOR, 0x5a), SECTOR);
    return copy;
  }

  /** Ends at power-off, at a reset unless it may reboot, or when the script says that it waits. */
  #run(disks: readonly string[], options: BootOptions): Promise<string> {
    const { readOnly = false, reboots = false, memoryMiB = 512 } = options;
    const args = [
      '-M',
      'virt',
      '-cpu',
      'cortex-a72',
      '-m',
      String(memoryMiB),
      '-accel',
      'tcg',
      '-nographic',
      '-nic',
      'none',
      ...(reboots ? [] : ['-no-reboot']),
    ];
    args.push(
      '-bios',
      U_BOOT,
      '-drive',
      `if=pflash,index=1,format=raw,readonly=on,file=${join(this.#folder, 'flash.img')}`,
    );
    for (const [number, disk] of disks.entries()) {
      args.push('-drive', `if=none,id=d${number},format=raw,file=${disk}${readOnly ? ',readonly=on' : ''}`);
      args.push('-device', `virtio-blk-pci,drive=d${number},addr=${3 + number}`);
    }
    args.push('-device', 'i6300esb,addr=2');
    return new Promise((resolve, reject) => {
      const child = spawn('qemu-system-aarch64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      let log = '';
      const take = (data: Buffer): void => {
        log += data.toString('latin1');
        if (/holdfast: RESCUE level \d|reset in 60 s|=> $/.test(log)) child.kill('SIGKILL');
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('error', reject);
      child.on('close', () => {
        clearTimeout(timer);
        resolve(log.replaceAll('\r', ''));
      });
    });
  }
}

function write(file: string, bytes: Uint8Array, offset: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
}

function readBytes(file: string, offset: number): Uint8Array {
  const bytes = Buffer.alloc(PLACE_BYTES);
  readSync(openSync(file, 'r'), bytes, 0, PLACE_BYTES, offset);
  return bytes;
}
