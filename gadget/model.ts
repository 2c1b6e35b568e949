/** What a gadget.yaml says, with snapd's implicit values filled in. Sizes and offsets are in bytes. */
export interface Gadget {
  readonly volumes: ReadonlyMap<string, Volume>;
}

export const SCHEMAS = ['gpt', 'mbr'] as const;
export type Schema = (typeof SCHEMAS)[number];

export const BOOTLOADERS = ['grub', 'u-boot', 'android-boot', 'lk', 'piboot'] as const;
export type Bootloader = (typeof BOOTLOADERS)[number];

export const ROLES = [
  'mbr',
  'system-boot',
  'system-data',
  'system-seed',
  'system-seed-null',
  'system-save',
  'system-boot-state',
  'system-boot-image',
  'system-seed-image',
  'system-boot-select',
  'system-seed-select',
  'bootimg',
  'bootselect',
] as const;
export type Role = (typeof ROLES)[number];

export const FILESYSTEMS = ['ext4', 'vfat', 'vfat-16', 'vfat-32', 'none'] as const;
export type Filesystem = Exclude<(typeof FILESYSTEMS)[number], 'none'>;

export interface Volume {
  readonly name: string;
  readonly schema: Schema;
  readonly bootloader: Bootloader | undefined;
  /** Disk id: two hexadecimal digits (mbr) or a GUID (gpt). */
  readonly id: string | undefined;
  /** As written in the file. */
  readonly structures: readonly Structure[];
}

export interface Structure {
  /** Position in the file. */
  readonly index: number;
  readonly name: string;
  /** `bare`, `mbr`, `XX`, a GUID, or `XX,GUID`. */
  readonly type: string;
  readonly role: Role | undefined;
  readonly size: number;
  readonly minSize: number;
  /** Absolute; undefined means after the structure before it. */
  readonly offset: number | undefined;
  readonly offsetWrite: string | undefined;
  /** GUID of the partition. */
  readonly id: string | undefined;
  readonly filesystem: Filesystem | undefined;
  readonly label: string | undefined;
  readonly content: readonly Content[];
  readonly update: { readonly edition: number; readonly preserve: readonly string[] };
}

/** A file or a directory (trailing slash) of the gadget, put into a file system. */
export interface FileContent {
  readonly kind: 'file';
  readonly source: string;
  readonly target: string;
}

/** A raw image; without an offset it follows the entry before it. */
export interface ImageContent {
  readonly kind: 'image';
  readonly image: string;
  readonly offset: number | undefined;
  readonly size: number | undefined;
}

export type Content = FileContent | ImageContent;

/** True where the structure becomes an entry of the partition table. */
export function isPartition(structure: Structure): boolean {
  return structure.type !== 'bare' && structure.role !== 'mbr';
}
