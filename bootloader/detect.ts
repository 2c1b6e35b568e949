/**
 * Which bootloader a gadget asks for, and which one a root has: decided from what exists, without looking itself.
 * Order and markers are snapd's (`bootloader/bootloader.go`). Of the bootloaders that are not U-Boot only what tells them
 * from it is here; piboot, and lk on UC20 and later, are not told at all.
 */

/** UC16/18 have one boot configuration (`sole`), UC20 and later two. */
export type Role = 'sole' | 'run-mode' | 'recovery';

export type BootloaderName = 'ubootpart' | 'uboot' | 'grub' | 'androidboot' | 'lk';

export interface FindOptions {
  /** Default `sole`. */
  readonly role?: Role;
  /** The root is a mounted boot partition, not a system with `/boot`; only with a role other than `sole`. */
  readonly noSlashBoot?: boolean;
  /** An image is being built; never with the role `run-mode`. */
  readonly prepareImageTime?: boolean;
}

/** What the caller has seen of a root. */
export interface RootFacts {
  /** Whether a path exists, relative to the root although it begins with "/"; may begin with "/../". */
  exists(path: string): boolean;
  /**
   * The device of the partition with a GPT name on the disk that was booted from. Given only where that disk is known (EFI
   * variable, `snapd_system_disk=`); it then decides alone, so that a partition of that name on a stick means nothing.
   */
  partitionOfBootDisk?(name: string): string | undefined;
}

export interface FoundBootloader {
  readonly name: BootloaderName;
  /** What showed that it is there; for uboot and ubootpart this is the environment. */
  readonly path: string;
}

/** What the caller has seen of an unpacked gadget. */
export interface GadgetFacts {
  /** Whether a file exists in the gadget's root. */
  exists(name: string): boolean;
  /** gadget.yaml has a volume with `bootloader: u-boot` and a structure of role `system-boot-state`. */
  readonly hasBootState: boolean;
}

export type DetectErrorCode = 'not-found' | 'bad-options';

export class DetectError extends Error {
  readonly code: DetectErrorCode;

  constructor(code: DetectErrorCode, message: string) {
    super(message);
    this.name = 'DetectError';
    this.code = code;
  }
}

const BOOT_STATE = 'ubuntu-boot-state';
const BY_PARTLABEL = '/dev/disk/by-partlabel';

/** Marker files of a gadget in the order they are looked for; ubootpart has none. */
const MARKERS: readonly (readonly [name: BootloaderName, file: string])[] = [
  ['uboot', 'uboot.conf'],
  ['grub', 'grub.conf'],
  ['androidboot', 'androidboot.conf'],
  ['lk', 'lk.conf'],
];

/**
 * The bootloader that a gadget is made for.
 * @throws DetectError `not-found`
 */
export function bootloaderForGadget(gadget: GadgetFacts): BootloaderName {
  if (gadget.hasBootState) return 'ubootpart';
  const found = MARKERS.find(([, file]) => gadget.exists(file));
  if (found !== undefined) return found[0];
  const files = MARKERS.map(([, file]) => file).join(', ');
  throw new DetectError('not-found', `cannot determine bootloader: the gadget has none of ${files}`);
}

/**
 * Where U-Boot's environment is, relative to the root. With a `/boot`, the run-mode directory is bound there.
 * @throws DetectError `bad-options`
 */
export function ubootEnvPath(options: FindOptions = {}): string {
  checkOptions(options);
  const { role = 'sole', noSlashBoot = false } = options;
  if (role === 'recovery' || noSlashBoot) return '/uboot/ubuntu/boot.sel';
  return role === 'run-mode' ? '/boot/uboot/boot.sel' : '/boot/uboot/uboot.env';
}

function checkOptions({ role = 'sole', noSlashBoot = false, prepareImageTime = false }: FindOptions): void {
  if (noSlashBoot && role === 'sole') {
    throw new DetectError('bad-options', "internal error: bootloader.RoleSole doesn't expect NoSlashBoot set");
  }
  if (prepareImageTime && role === 'run-mode') {
    throw new DetectError('bad-options', 'internal error: cannot use run mode bootloader at prepare-image time');
  }
}

type Probe = (root: RootFacts, options: FindOptions) => string | undefined;

const firstOf = (root: RootFacts, ...paths: readonly string[]): string | undefined => paths.find((p) => root.exists(p));

/** In the order they are asked; the first that answers counts. */
const PROBES: readonly (readonly [name: BootloaderName, probe: Probe])[] = [
  ['ubootpart', findBootState],
  ['uboot', (root, options) => firstOf(root, ubootEnvPath(options))],
  ['grub', (root, options) => firstOf(root, grubConfigPath(options))],
  ['androidboot', (root) => firstOf(root, '/boot/androidboot/androidboot.env')],
  ['lk', findLk],
];

function findBootState(root: RootFacts, { prepareImageTime = false }: FindOptions): string | undefined {
  if (prepareImageTime) return firstOf(root, `/../${BOOT_STATE}.img`);
  if (root.partitionOfBootDisk !== undefined) return root.partitionOfBootDisk(BOOT_STATE);
  return firstOf(root, `${BY_PARTLABEL}/${BOOT_STATE}`);
}

function grubConfigPath({ role = 'sole', noSlashBoot = false }: FindOptions): string {
  return role === 'recovery' || noSlashBoot ? '/EFI/ubuntu/grub.cfg' : '/boot/grub/grub.cfg';
}

function findLk(root: RootFacts, { role = 'sole', prepareImageTime = false }: FindOptions): string | undefined {
  if (role !== 'sole') return undefined;
  if (prepareImageTime) return firstOf(root, '/boot/lk/snapbootsel.bin');
  return firstOf(root, `${BY_PARTLABEL}/snapbootsel`, `${BY_PARTLABEL}/snapbootselbak`);
}

/**
 * The bootloader of a root.
 * @throws DetectError `bad-options` (before anything is asked of the root), `not-found`
 */
export function findBootloader(root: RootFacts, options: FindOptions = {}): FoundBootloader {
  checkOptions(options);
  for (const [name, probe] of PROBES) {
    const path = probe(root, options);
    if (path !== undefined) return { name, path };
  }
  const names = PROBES.map(([name]) => name).join(', ');
  throw new DetectError('not-found', `cannot determine bootloader: nothing of ${names} is there`);
}
