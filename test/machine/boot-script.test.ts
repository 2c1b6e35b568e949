/**
 * The boot script on the real U-Boot against its model: for states of every class, what it starts, in which order, how it
 * ends and what it leaves on the medium are what `runScript` says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  type BootWrite,
  type Medium,
  PLACE_BYTES,
  PLACES,
  placeBytes,
  readVars,
  runScript,
  type ScriptWorld,
  type Vars,
} from '../../bootloader/protocol/index.ts';
import { type LabFile, poweringOffKernel, type ScriptDamage, ScriptLab } from './script-lab.ts';

const KERNELS = ['k_0.snap', 'k_1.snap', 'k_2.snap'];
const GADGETS = ['g_1.snap', 'g_2.snap'];

/** What is wrong with a boot partition: files that are gone, and kernels that are not one. */
interface Partition {
  readonly missing: readonly string[];
  readonly broken: readonly string[];
  readonly damaged?: ScriptDamage;
}

const PARTITIONS = {
  whole: { missing: [], broken: [] },
  'try-kernel-gone': { missing: ['k_2.snap/kernel.img'], broken: [] },
  'try-initrd-gone': { missing: ['k_2.snap/initrd.img'], broken: [] },
  'try-gadget-gone': { missing: ['g_2.snap/gadget.env'], broken: [] },
  'try-kernel-broken': { missing: [], broken: ['k_2.snap'] },
  'good-kernel-gone': { missing: ['k_1.snap/kernel.img'], broken: [] },
  'good-kernel-broken': { missing: [], broken: ['k_1.snap'] },
  'good-and-previous-broken': { missing: [], broken: ['k_1.snap', 'k_0.snap'] },
  'script-damaged': { missing: [], broken: [], damaged: 'boot.scr' },
} as const satisfies Record<string, Partition>;

type PartitionName = keyof typeof PARTITIONS;

const GOOD: Vars = {
  snap_kernel: 'k_1.snap',
  snap_core: 'b_1.snap',
  snap_gadget: 'g_1.snap',
  snap_prev: 'k_0.snap b_0.snap g_1.snap',
  snap_gen: '0',
};
const ARMED: Vars = { ...GOOD, snap_mode: 'try', snap_try_kernel: 'k_2.snap', snap_try_left: '3', snap_gen: '1' };
const RECORD: Vars = {
  snap_kernel: 'k_1.snap',
  snap_core: 'b_1.snap',
  snap_gadget: 'g_1.snap',
  snap_prev: 'k_0.snap b_0.snap g_1.snap',
};

interface Case {
  readonly title: string;
  readonly a?: Vars | Uint8Array;
  readonly b?: Vars | Uint8Array;
  readonly record?: Vars | Uint8Array;
  readonly mark?: Vars | Uint8Array;
  readonly partition?: PartitionName;
  readonly readOnly?: true;
  readonly starts?: string;
  readonly second?: Vars;
  readonly withoutFirstTable?: true;
}

function torn(before: Vars, after: Vars, bytes: number): Uint8Array {
  const image = Buffer.from(placeBytes(before));
  image.set(placeBytes(after).subarray(0, bytes));
  return image;
}

const ZEROS = new Uint8Array(PLACE_BYTES);
const NO_SET: Vars = { snap_gen: '0', other: 'something' };

const CASES: readonly Case[] = [
  { title: 'nothing is tried' },
  {
    title: 'nothing is tried, B is newer',
    a: { ...GOOD, snap_kernel: 'k_0.snap', snap_gen: '2' },
    b: { ...GOOD, snap_gen: '0' },
  },
  {
    title: 'A is newer across the wrap',
    a: { ...GOOD, snap_gen: '0' },
    b: { ...GOOD, snap_kernel: 'k_0.snap', snap_gen: '2' },
  },
  { title: 'equal generations take A', a: GOOD, b: { ...GOOD, snap_kernel: 'k_0.snap' } },
  {
    title: 'foreign generations take A',
    a: { ...GOOD, snap_gen: 'x' },
    b: { ...GOOD, snap_gen: '7', snap_kernel: 'k_0.snap' },
  },
  { title: 'a copy without generation is followed by 0', a: { ...ARMED, snap_gen: '' }, b: GOOD },
  {
    title: 'what the older copy alone has is not taken over',
    a: { ...ARMED, snap_gen: '2' },
    b: { ...GOOD, snap_gen: '0' },
  },
  { title: 'a kernel is tried from A', a: ARMED },
  { title: 'a kernel is tried from B', b: ARMED, a: { ...GOOD, snap_gen: '0' } },
  { title: 'a base is tried', a: { ...ARMED, snap_try_kernel: '', snap_try_core: 'b_2.snap' } },
  {
    title: 'kernel, base and gadget are tried together',
    a: { ...ARMED, snap_try_core: 'b_2.snap', snap_try_gadget: 'g_2.snap' },
  },
  { title: 'the second attempt', a: { ...ARMED, snap_try_left: '2' } },
  { title: 'the last attempt', a: { ...ARMED, snap_try_left: '1' } },
  { title: 'no attempt left', a: { ...ARMED, snap_try_left: '0' } },
  { title: 'armed by snapd, without a count', a: { ...ARMED, snap_try_left: '' } },
  { title: 'a count that is no number', a: { ...ARMED, snap_try_left: 'many' } },
  { title: 'try without a target', a: { ...ARMED, snap_try_kernel: '' } },
  { title: 'a trial was started', a: { ...ARMED, snap_mode: 'trying', snap_try_left: '2' } },
  { title: 'a trial was started, saved in B', a: ARMED, b: { ...ARMED, snap_mode: 'trying', snap_gen: '2' } },
  { title: 'a trial is over', a: { ...ARMED, snap_mode: '' } },
  { title: 'unknown status', a: { ...ARMED, snap_mode: 'tried' } },
  { title: 'unknown variables of others', a: { ...ARMED, someone: 'else' } },
  { title: 'try kernel missing', a: ARMED, partition: 'try-kernel-gone' },
  { title: 'try initrd missing', a: ARMED, partition: 'try-initrd-gone' },
  { title: 'try gadget missing', a: { ...ARMED, snap_try_gadget: 'g_2.snap' }, partition: 'try-gadget-gone' },
  { title: 'try kernel is no kernel', a: ARMED, partition: 'try-kernel-broken' },
  { title: 'good kernel missing', partition: 'good-kernel-gone' },
  { title: 'good kernel is no kernel', partition: 'good-kernel-broken' },
  {
    title: 'good kernel missing, none before it',
    a: { ...GOOD, snap_prev: '' },
    b: ZEROS,
    partition: 'good-kernel-gone',
  },
  { title: 'neither good nor previous can be started', partition: 'good-and-previous-broken' },
  { title: 'copy A torn', a: torn(GOOD, ARMED, 100), b: { ...GOOD, snap_gen: '2' } },
  { title: 'copy A torn behind its CRC', a: torn(GOOD, ARMED, 4), b: { ...GOOD, snap_gen: '2' } },
  { title: 'copy B torn while A is armed', a: ARMED, b: torn(GOOD, { ...ARMED, snap_mode: 'trying' }, 64) },
  { title: 'copy A erased', a: ZEROS, b: ARMED },
  { title: 'copy A names no set', a: NO_SET, b: ARMED },
  { title: 'both copies torn', a: torn(GOOD, ARMED, 30), b: torn(GOOD, ARMED, 60) },
  { title: 'both copies erased, a mark of a failed good set', a: ZEROS, b: ZEROS, mark: { snap_mark: 'good-failed' } },
  { title: 'both copies and the record bad', a: ZEROS, b: ZEROS, record: ZEROS },
  { title: 'record of another kind', a: ZEROS, b: ZEROS, record: NO_SET },
  { title: 'read-only medium, nothing tried', readOnly: true },
  { title: 'read-only medium, armed', a: ARMED, readOnly: true },
  { title: 'read-only medium, trying', a: { ...ARMED, snap_mode: 'trying' }, readOnly: true },
  { title: 'read-only medium, good kernel missing', partition: 'good-kernel-gone', readOnly: true },
  { title: 'script damaged, nothing tried', partition: 'script-damaged' },
  { title: 'script damaged, armed', a: ARMED, partition: 'script-damaged' },
  { title: 'script damaged, trying', a: { ...ARMED, snap_mode: 'trying' }, partition: 'script-damaged' },
  { title: 'script damaged, both copies bad', a: ZEROS, b: ZEROS, partition: 'script-damaged' },
  { title: 'marked: the good set did not mount', mark: { snap_mark: 'good-failed' } },
  {
    title: 'marked: the good set did not mount, no previous',
    a: { ...GOOD, snap_prev: '' },
    b: ZEROS,
    mark: { snap_mark: 'good-failed' },
  },
  { title: 'marked: the previous set was tried', mark: { snap_mark: 'prev-tried' } },
  ...['wait-1', 'wait-2', 'wait-3', 'wait-4', 'retry-1', 'retry-2', 'retry-3', 'retry-4'].map((mark) => ({
    title: `marked: ${mark}`,
    mark: { snap_mark: mark, snap_try_cause: 'missing-kernel' },
  })),
  { title: 'marked: wait-1, good kernel still missing', mark: { snap_mark: 'wait-1' }, partition: 'good-kernel-gone' },
  { title: 'marked: wait-4, good kernel still missing', mark: { snap_mark: 'wait-4' }, partition: 'good-kernel-gone' },
  { title: 'marked: something else', mark: { snap_mark: 'whatever' } },
  { title: 'mark torn', mark: torn({}, { snap_mark: 'good-failed' }, 3) },
  ...['0', '1', '2', '3', '4', 'x'].map((starts) => ({ title: `unfinished starts: ${starts}`, starts })),
  { title: 'three unfinished starts, none before it', a: { ...GOOD, snap_prev: '' }, b: ZEROS, starts: '3' },
  { title: 'three unfinished starts, a trial is armed', a: ARMED, starts: '3' },
  { title: 'three unfinished starts, after a trial', a: { ...ARMED, snap_mode: 'trying' }, starts: '3' },
  { title: 'three unfinished starts, but rescue has waited', mark: { snap_mark: 'wait-1' }, starts: '3' },
  { title: 'two unfinished starts, both copies bad', a: ZEROS, b: ZEROS, starts: '2' },
  { title: 'two unfinished starts, script damaged', partition: 'script-damaged', starts: '2' },
  { title: 'one unfinished start, good kernel missing', partition: 'good-kernel-gone', starts: '1' },
  { title: 'read-only medium, two unfinished starts', readOnly: true, starts: '2' },
  { title: 'read-only medium, armed, two unfinished starts', a: ARMED, readOnly: true, starts: '2' },
  { title: 'a second disk, a copy with other variables', a: ARMED, second: { ...GOOD, snap_kernel: 'k_0.snap' } },
  { title: 'the first partition table is damaged', a: ARMED, withoutFirstTable: true },
  { title: 'armed, with a cause from an earlier trial', a: ARMED, mark: { snap_try_cause: 'load-failed' } },
];

function image(content: Vars | Uint8Array): Uint8Array {
  return content instanceof Uint8Array ? content : placeBytes(content);
}

function mediumOf(c: Case): Medium {
  return {
    'env-a': image(c.a ?? GOOD),
    'env-b': image(c.b ?? { ...GOOD, snap_gen: '0' }),
    good: image(c.record ?? RECORD),
    mark: image(c.mark ?? {}),
  };
}

/** A count that is none of the script's own is no count. */
function countOf(starts: string | undefined): Pick<ScriptWorld, 'unfinishedStarts'> {
  return starts !== undefined && /^[0-3]$/.test(starts) ? { unfinishedStarts: Number(starts) } : {};
}

function worldOf(partition: Partition, { readOnly, starts }: Pick<Case, 'readOnly' | 'starts'>): ScriptWorld {
  const has = (file: string): boolean => !partition.missing.includes(file);
  return {
    has,
    starts: (kernel) =>
      has(`${kernel}/kernel.img`) && has(`${kernel}/initrd.img`) && !partition.broken.includes(kernel),
    saves: () => readOnly !== true,
    ...countOf(starts),
    script: partition.damaged === undefined ? 'main' : 'backup',
  };
}

function filesOf(partition: Partition): LabFile[] {
  const kernel = (name: string): Uint8Array =>
    partition.broken.includes(name) ? Buffer.alloc(4096, 0x5a) : poweringOffKernel();
  const files = [
    ...KERNELS.map((name) => ({ path: `${name}/kernel.img`, bytes: kernel(name) })),
    ...KERNELS.map((name) => ({ path: `${name}/initrd.img`, bytes: Buffer.alloc(64, 1) })),
    ...GADGETS.map((name) => ({ path: `${name}/gadget.env`, bytes: Buffer.from('gadget_args=quiet\n') })),
  ];
  return files.filter((file) => !partition.missing.includes(file.path));
}

function after(medium: Medium, writes: readonly BootWrite[]): Medium {
  return Object.assign({ ...medium }, ...writes.map((write) => ({ [write.place]: write.bytes })));
}

/** The places as variables: U-Boot pads with other bytes than we do. Damaged places compare as they are. */
function comparable(medium: Medium): unknown {
  return PLACES.map((place) => readVars(medium[place]) ?? Buffer.from(medium[place] ?? []).toString('hex'));
}

t.test('the boot script on U-Boot decides and writes as its model does', async (t) => {
  t.jobs = 2;
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const lab = await ScriptLab.create(folder);
  const disks = new Map<PartitionName, string>();
  for (const name of Object.keys(PARTITIONS) as PartitionName[]) {
    const partition: Partition = PARTITIONS[name];
    disks.set(name, await lab.disk(name, filesOf(partition), partition.damaged ?? 'none'));
  }
  for (const [index, c] of CASES.entries()) {
    t.test(c.title, { buffered: true }, async (t) => {
      const name = c.partition ?? 'whole';
      const medium = mediumOf(c);
      const expected = runScript(medium, worldOf(PARTITIONS[name], c));
      const seen = await lab.boot(disks.get(name) ?? '', medium, `case-${index}`, {
        readOnly: c.readOnly === true,
        withoutFirstTable: c.withoutFirstTable === true,
        ...(c.starts === undefined ? {} : { starts: placeBytes({ hf_starts: c.starts }) }),
        ...(c.second === undefined ? {} : { second: mediumOf({ title: '', a: c.second, b: c.second }) }),
      });
      const starts = expected.starts.map(
        ({ rule, copy, set }) =>
          `rule=${rule} copy=${copy} kernel=${set.kernel} core=${set.base} gadget=${set.gadget ?? ''}`,
      );
      const lines = [...seen.log.matchAll(/^holdfast: (rule=.*)$/gm)].map((match) => match[1]);
      const message = `log: ${seen.log.slice(-1500)}`;
      t.same(lines, starts, `what is started\n${message}`);
      t.same(comparable(seen.medium), comparable(after(medium, expected.writes)), 'what is left on the medium');
      const counted = countOf(readVars(seen.starts)?.['hf_starts']).unfinishedStarts;
      t.equal(counted, expected.unfinishedStarts, 'the count of unfinished starts');
      const rescue = /holdfast: RESCUE level (\d)/.exec(seen.log)?.[1];
      t.equal(rescue, expected.rescueLevel?.toString(), 'the rescue level');
      const kernel = /Starting kernel \.\.\.\s*(\d?)$/.exec(seen.log);
      t.equal(kernel !== null, expected.outcome === 'boot', 'a kernel runs at the end, or none');
      if (kernel !== null) t.equal(kernel[1], '3', 'the watchdog runs, and a kernel cannot stop it');
      t.notMatch(seen.log, /=> $|syntax error|Unknown command/, 'no prompt and no error of the shell');
    });
  }
});

t.test('a reset is told from a power cut, where there is RAM for it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const lab = await ScriptLab.create(folder);
  const files = filesOf(PARTITIONS.whole).filter((file) => file.path !== 'k_2.snap/kernel.img');
  const disk = await lab.disk('reset', [...files, { path: 'k_2.snap/kernel.img', bytes: poweringOffKernel('reset') }]);
  const told = async (name: string, memoryMiB: number): Promise<string[]> => {
    const medium = mediumOf({ title: '', a: ARMED });
    const { log } = await lab.boot(disk, medium, name, { reboots: true, memoryMiB });
    return [...log.matchAll(/^holdfast: (reset=\w+|rule=\S+)/gm)].map((match) => match[1] ?? '');
  };
  const both = ['reset=cold', 'rule=try', 'reset=warm', 'rule=after-trial'];
  t.same(await told('512', 512), both);
  t.same(await told('again', 512), both, 'power was cut in between');
  t.same(await told('384', 384), both, 'the least that is enough');
  t.same(await told('256', 256), ['rule=try', 'rule=after-trial'], 'a smaller machine boots and does not tell');
});

t.test('without a boot script that is whole U-Boot waits and resets', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const lab = await ScriptLab.create(folder);
  const disk = await lab.disk('none', filesOf(PARTITIONS.whole), 'both');
  const { log } = await lab.boot(disk, mediumOf({ title: '' }), 'none');
  t.match(log, /holdfast: no boot script, reset in 60 s\s*$/);
});
