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

/** The longest a run may take, ms of wall time; a machine that is still there then has hung. */
const LIMIT_MS = 60_000;

export interface LabFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An arm64 Image that calls PSCI SYSTEM_OFF: proof that it was started is that the machine went off. */
export function poweringOffKernel(): Uint8Array {
  const image = Buffer.alloc(4096);
  image.writeUInt32LE(0x14000010, 0); // b #0x40: over the header
  image.writeBigUInt64LE(4096n, 16); // image_size
  image.writeBigUInt64LE(0xan, 24); // flags: little-endian, 4K pages, anywhere
  image.write('ARM\x64', 56, 'latin1');
  image.writeUInt32LE(0x52800100, 64); // mov w0, #8
  image.writeUInt32LE(0x72b08000, 68); // movk w0, #0x8400, lsl #16
  image.writeUInt32LE(0xd4000002, 72); // hvc #0
  image.writeUInt32LE(0x14000000, 76); // b .
  return image;
}

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
  async disk(name: string, files: readonly LabFile[], damage: 'none' | 'boot.scr' = 'none'): Promise<string> {
    const fat = join(this.#folder, `${name}.fat`);
    await exec('mkfs.vfat', ['-C', '-n', 'SYSTEM-BOOT', fat, '40960']);
    const script = readFileSync(join(this.#folder, 'boot.scr'));
    const main = Buffer.from(script);
    if (damage === 'boot.scr') main[main.length - 9] = (main[main.length - 9] ?? 0) ^ 0x40;
    const all = [{ path: 'boot.scr', bytes: main }, { path: 'boot-backup.scr', bytes: script }, ...files];
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

  /** Boots `disk` once with the given places. `readOnly` makes every write of the script fail. */
  async boot(
    disk: string,
    medium: Medium,
    name: string,
    readOnly = false,
  ): Promise<{ readonly log: string; readonly medium: Medium }> {
    const copy = join(this.#folder, `${name}.run.img`);
    await exec('cp', ['--sparse=always', disk, copy]);
    for (const place of PLACES) write(copy, medium[place] ?? Buffer.alloc(PLACE_BYTES), START[place] * SECTOR);
    const log = await this.#run(copy, readOnly);
    const read = (place: Place): Uint8Array => readBytes(copy, START[place] * SECTOR);
    return { log, medium: { 'env-a': read('env-a'), 'env-b': read('env-b'), good: read('good'), mark: read('mark') } };
  }

  /** Ends at power-off, at a reset (`-no-reboot`) or when the script says that it waits in rescue. */
  #run(disk: string, readOnly: boolean): Promise<string> {
    const args = [
      '-M',
      'virt',
      '-cpu',
      'cortex-a72',
      '-m',
      '256',
      '-accel',
      'tcg',
      '-nographic',
      '-nic',
      'none',
      '-no-reboot',
    ];
    args.push(
      '-bios',
      U_BOOT,
      '-drive',
      `if=pflash,index=1,format=raw,readonly=on,file=${join(this.#folder, 'flash.img')}`,
    );
    args.push('-drive', `if=none,id=d,format=raw,file=${disk}${readOnly ? ',readonly=on' : ''}`);
    args.push('-device', 'virtio-blk-pci,drive=d,addr=3', '-device', 'i6300esb,addr=2');
    return new Promise((resolve, reject) => {
      const child = spawn('qemu-system-aarch64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      let log = '';
      const take = (data: Buffer): void => {
        log += data.toString('latin1');
        if (/holdfast: RESCUE level \d|=> $/.test(log)) child.kill('SIGKILL');
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
