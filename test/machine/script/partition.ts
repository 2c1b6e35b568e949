/** Boot partitions: the files of three kernels and two gadgets, of which some are missing or are none. */
import type { LabFile, ScriptDamage } from '../script-lab.ts';
import { poweringOffKernel } from './kernel.ts';

/** `k_0` is the previous kernel of most states, `k_1` the good one, `k_2` the one to try. */
export const KERNELS = ['k_0.snap', 'k_1.snap', 'k_2.snap'];
export const GADGETS = ['g_1.snap', 'g_2.snap'];

/** What is wrong with a boot partition. */
export interface Partition {
  readonly missing: readonly string[];
  /** Files that are there and are not what they should be. */
  readonly broken?: Readonly<Record<string, 'other' | 'empty'>>;
  /** Which of the boot scripts is damaged. */
  readonly damaged?: ScriptDamage;
}

export const PARTITIONS = {
  whole: { missing: [] },
  'try kernel gone': { missing: ['k_2.snap/kernel.img'] },
  'try initrd gone': { missing: ['k_2.snap/initrd.img'] },
  'try gadget gone': { missing: ['g_2.snap/gadget.env'] },
  'try kernel broken': { missing: [], broken: { 'k_2.snap/kernel.img': 'other' } },
  'try kernel empty': { missing: [], broken: { 'k_2.snap/kernel.img': 'empty' } },
  'good kernel gone': { missing: ['k_1.snap/kernel.img'] },
  'good initrd gone': { missing: ['k_1.snap/initrd.img'] },
  'good gadget gone': { missing: ['g_1.snap/gadget.env'] },
  'good kernel broken': { missing: [], broken: { 'k_1.snap/kernel.img': 'other' } },
  'good kernel empty': { missing: [], broken: { 'k_1.snap/kernel.img': 'empty' } },
  'good initrd empty': { missing: [], broken: { 'k_1.snap/initrd.img': 'empty' } },
  'good and previous broken': {
    missing: [],
    broken: { 'k_1.snap/kernel.img': 'other', 'k_0.snap/kernel.img': 'other' },
  },
  'good initrd gone, previous kernel empty': {
    missing: ['k_1.snap/initrd.img'],
    broken: { 'k_0.snap/kernel.img': 'empty' },
  },
  'no kernel at all': { missing: KERNELS.flatMap((name) => [`${name}/kernel.img`, `${name}/initrd.img`]) },
  'script damaged': { missing: [], damaged: 'boot.scr' },
  'script damaged, good kernel gone': { missing: ['k_1.snap/kernel.img'], damaged: 'boot.scr' },
} as const satisfies Record<string, Partition>;

export type PartitionName = keyof typeof PARTITIONS;

/** In `gadget.env` of every gadget. */
export const GADGET_WORD = 'quiet';

export function has({ missing }: Partition, file: string): boolean {
  const [folder = '', name = ''] = file.split('/');
  const isThere = KERNELS.includes(folder) ? /^(kernel|initrd)\.img$/.test(name) : GADGETS.includes(folder);
  return isThere && !missing.includes(file);
}

/** The kernel and its initrd load, and are what they should be. */
export function starts(partition: Partition, kernel: string): boolean {
  const files = [`${kernel}/kernel.img`, `${kernel}/initrd.img`];
  return files.every((file) => has(partition, file) && partition.broken?.[file] === undefined);
}

export function filesOf({ missing, broken = {} }: Partition): LabFile[] {
  const files = [
    ...KERNELS.map((name) => ({ path: `${name}/kernel.img`, bytes: poweringOffKernel() })),
    ...KERNELS.map((name) => ({ path: `${name}/initrd.img`, bytes: Buffer.alloc(64, 1) })),
    ...GADGETS.map((name) => ({ path: `${name}/gadget.env`, bytes: Buffer.from(`gadget_args=${GADGET_WORD}\n`) })),
  ];
  const spoil = (path: string, bytes: Uint8Array): Uint8Array =>
    broken[path] === undefined ? bytes : Buffer.alloc(broken[path] === 'empty' ? 0 : 4096, 0x5a);
  return files
    .filter(({ path }) => !missing.includes(path))
    .map(({ path, bytes }) => ({ path, bytes: spoil(path, bytes) }));
}
