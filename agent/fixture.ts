/** For tests: a whole device in a directory, and power-ons of it by the model of the boot script. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Medium,
  PLACE_BYTES,
  PLACES,
  placeBytes,
  recordVars,
  runScript,
  type ScriptRun,
  type ScriptWorld,
} from '../bootloader/protocol/index.ts';
import { type Layout, layoutUnder } from './boot/layout.ts';
import { formatRecord } from './boot/text-record.ts';

export const goodSet = { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };
export const architecture = 'arm64';

export interface SnapOptions {
  readonly name: string;
  readonly type?: string;
  readonly version?: string;
  readonly architectures?: readonly string[];
  readonly base?: string;
  /** Path to content; instead of the usual ones of the type. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symlinks, and where they lead. */
  readonly links?: Readonly<Record<string, string>>;
  /** Those of the files that can be run. */
  readonly executable?: readonly string[];
}

const usualFiles: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kernel: { 'kernel.img': 'a kernel', 'initrd.img': 'an initrd' },
  base: { 'sbin/init': 'an init' },
  gadget: { 'gadget.env': 'gadget_args=\n' },
};

/** Makes a snap file at `path`. */
export async function makeSnap(path: string, options: SnapOptions): Promise<void> {
  const { name, type = 'app', version = '1.0', architectures = [architecture], base } = options;
  const tree = await mkdtemp(join(tmpdir(), 'holdfast-snap-'));
  const yaml = `name: ${name}\nversion: '${version}'\ntype: ${type}\narchitectures: [${architectures.join(', ')}]\nsummary: s\ndescription: d\n${base === undefined ? '' : `base: ${base}\n`}`;
  const files = { 'meta/snap.yaml': yaml, ...(options.files ?? usualFiles[type] ?? {}) };
  for (const [file, content] of Object.entries(files)) await put(join(tree, file), content);
  for (const [link, target] of Object.entries(options.links ?? {})) {
    await rm(join(tree, link), { force: true });
    await symlink(target, join(tree, link));
  }
  for (const file of options.executable ?? []) await chmod(join(tree, file), 0o755);
  await mkdir(dirname(path), { recursive: true });
  const flags = ['-noappend', '-quiet', '-no-progress', '-comp', 'gzip', '-processors', '1'];
  // The same snap each time, whenever it is made.
  const times = ['-all-time', '1', '-mkfs-time', '1'];
  await promisify(execFile)('mksquashfs', [tree, path, ...flags, ...times]);
  await rm(tree, { recursive: true });
}

/** A directory that is removed at the end of a test. */
export async function temporaryDirectory(t: { teardown(end: () => unknown): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-device-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A device as a new image has it: one revision of each snap, both copies and the record alike, and a first boot. */
export async function makeDevice(root: string): Promise<Layout> {
  const layout = layoutUnder(root);
  for (const [type, file] of Object.entries(goodSet)) {
    await makeSnap(join(layout.snaps, file), { name: file.slice(0, file.lastIndexOf('_')), type });
    if (type !== 'base')
      for (const [name, content] of Object.entries(usualFiles[type] ?? {})) {
        await put(join(layout.bootPartition, file, name), content);
      }
  }
  const vars = { snap_kernel: goodSet.kernel, snap_core: goodSet.base, snap_gadget: goodSet.gadget };
  const places = {
    'env-a': { ...vars, snap_gen: '0' },
    'env-b': { ...vars, snap_gen: '0' },
    good: recordVars(vars),
    mark: {},
  };
  for (const place of PLACES) await put(join(layout.rawPlaces, `hf-${place}`), placeBytes(places[place]));
  await put(join(layout.rawPlaces, 'hf-journal'), new Uint8Array(1 << 18));
  await powerOn(layout);
  return layout;
}

export async function readMedium(layout: Layout): Promise<Medium> {
  const read = (place: string) => readFile(join(layout.rawPlaces, `hf-${place}`));
  const [a, b, good, mark] = await Promise.all([read('env-a'), read('env-b'), read('good'), read('mark')]);
  const plain = (bytes: Uint8Array) => new Uint8Array(bytes).subarray(0, PLACE_BYTES);
  return { 'env-a': plain(a), 'env-b': plain(b), good: plain(good), mark: plain(mark) };
}

/**
 * Switches the device on: the model of the boot script chooses, its writes reach the medium, and the kernel's files say
 * what booted. A kernel does not start where its assets are missing.
 */
export async function powerOn(
  layout: Layout,
  { reset, ...world }: Partial<ScriptWorld> & { readonly reset?: 'warm' | 'cold' } = {},
): Promise<ScriptRun> {
  const run = runScript(await readMedium(layout), {
    has: (file) => existsSync(join(layout.bootPartition, file)),
    starts: (kernel) => existsSync(join(layout.bootPartition, kernel, 'kernel.img')),
    saves: () => true,
    script: 'main',
    ...world,
  });
  for (const { place, bytes } of run.writes) await put(join(layout.rawPlaces, `hf-${place}`), bytes);
  if (run.outcome === 'reset') return powerOn(layout, { ...world, ...(reset === undefined ? {} : { reset }) });
  const start = run.starts.at(-1);
  if (run.outcome !== 'boot' || start === undefined) return run;
  const { kernel, base, gadget } = start.set;
  const words = [
    `console=ttyAMA0 panic=5 snap_core=${base} snap_kernel=${kernel} snap_gadget=${gadget}`,
    `holdfast.script=dual,good,prev,gadget,attempts,watchdog,mark holdfast.rule=${start.rule} holdfast.copy=${start.copy}`,
    start.trial ? 'holdfast.trial=1' : '',
    reset === undefined ? '' : `holdfast.reset=${reset}`,
    'holdfast.settle=1',
  ];
  await put(layout.commandLine, `${words.join(' ')}\n`);
  await put(layout.bootId, `${randomUUID()}\n`);
  if (start.trial) {
    const set = { kernel: kernel ?? '', core: base ?? '', gadget: gadget ?? '' };
    await put(
      join(layout.rawPlaces, 'hf-journal'),
      formatRecord('HOLDFAST-TRACE 1', { ...set, trial: '1', stage: 'switched' }),
    );
  }
  return run;
}

/** Writes a file, or the start of one that is there already. */
async function put(path: string, content: string | Uint8Array): Promise<void> {
  const there = content instanceof Uint8Array ? await stat(path).catch(() => undefined) : undefined;
  if (there === undefined || !(content instanceof Uint8Array)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return;
  }
  const bytes = await readFile(path);
  bytes.set(content);
  await writeFile(path, bytes);
}
