/**
 * A bench for the boot script alone: the real script on the real U-Boot over any content of the four places, with kernels
 * that switch the machine off as soon as they run. One run takes well under a second.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Medium, PLACE_BYTES, PLACES, type Place } from '../../bootloader/protocol/index.ts';
import { compileBootScript } from '../../bootloader/scripts/compile.ts';
import { bootEnvironmentImage } from '../../bootloader/scripts/flash.ts';
import { withDisk } from '../../images/qemu/disk-access.ts';
import { readWriteLog } from '../../images/qemu/write-log.ts';

const exec = promisify(execFile);
const U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';
const SECTOR = 512;

const DISK_BYTES = 48 * 1024 * 1024;

/** First sectors of the raw places and of the boot partition on the lab's disk. */
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
const LIMIT_MS = 300_000;

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
  /** Every write of the script fails: the disk says that it is read only. */
  readonly readOnly?: boolean;
  /** Places to which every write fails, both blocks of hf-mark among them. */
  readonly unwritable?: readonly Place[];
  /** Places to which a write is acknowledged and does not come, both blocks of hf-mark among them. */
  readonly losing?: readonly Place[];
  /** Places that fail to be read, both blocks of hf-mark among them. */
  readonly unreadable?: readonly Place[];
  /** Content of the second block of hf-mark, 4096 bytes: the count of unfinished starts. Zeros where absent. */
  readonly starts?: Uint8Array;
  /** Places of a second disk, a copy of the first in all else. */
  readonly second?: Medium;
  /** The first partition table is overwritten. */
  readonly withoutFirstTable?: boolean;
}

/** One write of the guest to the first disk. */
export interface GuestWrite {
  /** `starts`: the second block of hf-mark. */
  readonly place: Place | 'starts' | 'elsewhere';
  readonly bytes: Uint8Array;
}

/** What a boot said and left. */
export interface SeenBoot {
  readonly log: string;
  readonly medium: Readonly<Record<Place, Uint8Array>>;
  /** The second block of hf-mark. */
  readonly starts: Uint8Array;
  /** In order, those that failed included; none of a read-only disk. */
  readonly writes: readonly GuestWrite[];
}

/** Which of the two boot scripts have a wrong CRC. */
export type ScriptDamage = 'none' | 'boot.scr' | 'both';

export class ScriptLab {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param source another boot script than the project's */
  static async create(folder: string, source?: string): Promise<ScriptLab> {
    mkdirSync(folder, { recursive: true });
    const lab = new ScriptLab(folder);
    await compileBootScript(join(folder, 'boot.scr'), source);
    const disk = join(folder, 'empty.img');
    writeFileSync(disk, '');
    await exec('truncate', ['-s', String(DISK_BYTES), disk]);
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
    const disk = join(this.#folder, `${name}.img`);
    await exec('cp', ['--sparse=always', join(this.#folder, 'empty.img'), disk]);
    await exec('mkfs.vfat', ['-n', 'SYSTEM-BOOT', '--offset', String(START['system-boot']), disk, '40960']);
    const script = readFileSync(join(this.#folder, 'boot.scr'));
    const main = damage === 'none' ? script : damaged(script);
    const backup = damage === 'both' ? damaged(script) : script;
    const tree = join(this.#folder, `${name}.files`);
    mkdirSync(tree);
    for (const { path, bytes } of [
      { path: 'boot.scr', bytes: main },
      { path: 'boot-backup.scr', bytes: backup },
      ...files,
    ]) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), bytes);
    }
    const top = readdirSync(tree).map((entry) => join(tree, entry));
    await exec('mcopy', ['-s', '-i', `${disk}@@${START['system-boot'] * SECTOR}`, ...top, '::']);
    return disk;
  }

  /** Boots `disk` once with the given places. */
  async boot(disk: string, medium: Medium, name: string, options: BootOptions = {}): Promise<SeenBoot> {
    const disks = [await this.#filled(disk, medium, name, options)];
    if (options.second !== undefined) disks.push(await this.#filled(disk, options.second, `${name}.2`, options));
    const log = await this.#run(disks, options);
    const [{ image, writeLog }] = disks as [RunDisk];
    const read = (sector: number): Promise<Uint8Array> =>
      withDisk({ file: image, format: 'raw' }, {}, (file) => file.read(sector * SECTOR, PLACE_BYTES));
    const seen = {
      log,
      medium: {
        'env-a': await read(START['env-a']),
        'env-b': await read(START['env-b']),
        good: await read(START.good),
        mark: await read(START.mark),
      },
      starts: await read(STARTS),
      writes: options.readOnly === true ? [] : await writesOf(writeLog),
    };
    for (const { image, writeLog } of disks) for (const file of [image, writeLog]) rmSync(file);
    return seen;
  }

  async #filled(disk: string, medium: Medium, name: string, options: BootOptions): Promise<RunDisk> {
    const image = join(this.#folder, `${name}.run.img`);
    const writeLog = join(this.#folder, `${name}.log.img`);
    writeFileSync(writeLog, '');
    await exec('cp', ['--sparse=always', disk, image]);
    await withDisk({ file: image, format: 'raw' }, { writable: true }, async (file) => {
      for (const place of PLACES) await file.write(START[place] * SECTOR, medium[place] ?? Buffer.alloc(PLACE_BYTES));
      await file.write(STARTS * SECTOR, options.starts ?? Buffer.alloc(PLACE_BYTES));
      if (options.withoutFirstTable === true) await file.write(SECTOR, Buffer.alloc(33 * SECTOR, 0x5a));
    });
    return { image, writeLog };
  }

  /** Ends at power-off, at a reset unless it may reboot, or when the script says that it waits. */
  #run(disks: readonly RunDisk[], options: BootOptions): Promise<string> {
    const { reboots = false, memoryMiB = 512 } = options;
    const flash = `if=pflash,index=1,format=raw,readonly=on,file=${join(this.#folder, 'flash.img')}`;
    const args = [
      ...['-M', 'virt', '-cpu', 'cortex-a72', '-m', String(memoryMiB), '-accel', 'tcg', '-nographic', '-nic', 'none'],
      ...['-bios', U_BOOT, '-drive', flash, '-device', 'i6300esb,addr=2', ...(reboots ? [] : ['-no-reboot'])],
      ...disks.flatMap((disk, number) => [
        ...['-blockdev', JSON.stringify(diskNode(`d${number}`, disk, options))],
        ...['-device', `virtio-blk-pci,drive=d${number},addr=${3 + number}`],
      ]),
    ];
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
      child.on('close', (code) => {
        clearTimeout(timer);
        if (code !== 0 && code !== null) reject(new Error(`cannot run QEMU: ${log}`));
        resolve(log.replaceAll('\r', ''));
      });
    });
  }
}

function damaged(script: Uint8Array): Uint8Array {
  const bytes = Buffer.from(script);
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 0x40;
  return bytes;
}

/** The disk of one run, and the log of what the guest writes to it. */
interface RunDisk {
  readonly image: string;
  readonly writeLog: string;
}

type BlockNode = Readonly<Record<string, unknown>>;

/** The disk as QEMU sees it: some sectors fail, and writes are recorded in front of that. */
function diskNode(name: string, { image, writeLog }: RunDisk, options: BootOptions): BlockNode {
  const { readOnly = false, unreadable = [], unwritable = [], losing = [] } = options;
  const file = { driver: 'file', filename: image, cache: { 'no-flush': true } };
  const losingDisk = losing.length === 0 ? file : deaf(failing(file, [], losing));
  const disk = failing(losingDisk, unreadable, unwritable);
  if (readOnly) return { driver: 'raw', 'node-name': name, 'read-only': true, file: disk };
  return {
    driver: 'blklogwrites',
    'node-name': name,
    file: disk,
    log: { driver: 'file', filename: writeLog, cache: { 'no-flush': true } },
    'log-sector-size': SECTOR,
    'log-super-update-interval': 1,
  };
}

function failing(image: BlockNode, unreadable: readonly Place[], unwritable: readonly Place[]): BlockNode {
  const error = (iotype: 'read' | 'write') => (place: Place) =>
    (place === 'mark' ? [START.mark, STARTS] : [START[place]]).map((sector) => ({ event: 'none', iotype, sector }));
  const errors = [...unreadable.flatMap(error('read')), ...unwritable.flatMap(error('write'))];
  // QEMU takes no empty list.
  return errors.length === 0 ? image : { driver: 'blkdebug', image, 'inject-error': errors };
}

/** What the disk refuses to write is taken by nothing at all, which is enough for QEMU to call it written. */
function deaf(disk: BlockNode): BlockNode {
  const nothing = { driver: 'null-co', size: DISK_BYTES, 'read-zeroes': true };
  return { driver: 'quorum', children: [disk, nothing], 'vote-threshold': 1, 'read-pattern': 'fifo' };
}

function writesOf(writeLog: string): Promise<GuestWrite[]> {
  return withDisk({ file: writeLog, format: 'raw' }, {}, async (source) => {
    // QEMU begins the log with the first write.
    const { entries } = source.size === 0 ? { entries: [] } : await readWriteLog(source);
    const writes: GuestWrite[] = [];
    for (const { kind, offset, length, dataOffset } of entries) {
      if (kind !== 'write') continue;
      const sector = offset / SECTOR;
      const place = sector === STARTS ? 'starts' : PLACES.find((it) => START[it] === sector);
      const isWhole = length === PLACE_BYTES;
      writes.push({ place: isWhole && place ? place : 'elsewhere', bytes: await source.read(dataOffset, length) });
    }
    return writes;
  });
}
