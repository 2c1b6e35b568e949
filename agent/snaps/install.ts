/**
 * Installing a kernel, base or gadget: the steps as data, and each step with its undo beside it. Up to `arm-trial` nothing
 * points at what they write; after it, the boot environment decides, and undo only clears away.
 */
import { join } from 'node:path';
import { cancel, keepRevisions, stage } from '../../bootloader/protocol/index.ts';
import type { BootEnv } from '../boot/bootenv.ts';
import type { Layout } from '../boot/layout.ts';
import type { TrialLog } from '../boot/trial-log.ts';
import type { Handlers, TaskContext, TaskHandler } from '../engine/handler.ts';
import { undoingItself } from '../engine/own-undo.ts';
import type { NewTask } from '../engine/plan.ts';
import type { Disk } from '../system/disk.ts';
import { extractAssets, gatheringName, listAssets } from './assets.ts';
import { SnapsError } from './error.ts';
import { formatDigest } from './fitness/digest-record.ts';
import { type InstallData, installDataOf } from './install-data.ts';
import type { Inventory } from './inventory.ts';
import { openSnap } from './read-snap.ts';

export interface InstallWorld {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly env: BootEnv;
  readonly trials: TrialLog;
  readonly inventory: Inventory;
  readonly bootId: string;
  /** Asks for the reboot that starts the trial; returns at once. */
  requestReboot(why: string): void;
  /** Removes what nothing names; says what went. Never rejects. */
  tidy(): Promise<string>;
}

/** The task in which a change waits for the verdict. */
export const trialTask = 'try-boot-set';
/** The task that writes the environment. */
export const armTask = 'arm-trial';

/** The steps of an installation, in order. */
export function installTasks(install: Pick<InstallData, 'slot' | 'name' | 'revision'>): NewTask[] {
  const snap = `snap "${install.name}" (${install.revision})`;
  return [
    { kind: 'place-snap', summary: `Place ${snap}` },
    ...(install.slot === 'base' ? [] : [{ kind: 'extract-assets', summary: `Copy the boot assets of ${snap}` }]),
    { kind: armTask, summary: `Arm a trial of ${snap}` },
    { kind: trialTask, summary: `Try ${snap} with a reboot` },
    { kind: 'tidy', summary: `Remove revisions that nothing names` },
  ];
}

/** How each step is done and undone. */
export function installHandlers(world: InstallWorld): Handlers {
  return {
    'place-snap': undoingItself(placeSnap(world)),
    'extract-assets': undoingItself(extractSnapAssets(world)),
    [armTask]: undoingItself(armTrial(world)),
    [trialTask]: tryBootSet(world),
    tidy: { do: async () => ({ kind: 'done', note: await world.tidy() }) },
  };
}

function placeSnap({ disk, layout, env, inventory }: InstallWorld): TaskHandler {
  return {
    async do({ change }) {
      const install = installDataOf(change.data);
      const { file, name, revision, type, version, size, sha256, upload } = install;
      const place = join(layout.snaps, file);
      if ((await disk.stat(place)) === undefined) {
        if ((await disk.stat(upload)) === undefined) {
          throw new SnapsError('damaged', `cannot install "${name}": what was uploaded is gone; install it again`);
        }
        await disk.rename(upload, place);
      }
      // The initramfs of the trial refuses a base without it, so it must be there before anything is armed.
      await disk.replace(join(layout.digests, file), formatDigest({ size, sha256 }), { verify: true });
      inventory.add({ file, name, revision, type, version, size });
      return { kind: 'done' };
    },
    async undo({ change }) {
      const { file, upload } = installDataOf(change.data);
      await refuseNamed(env, file);
      await disk.remove(join(layout.snaps, file));
      await disk.remove(join(layout.digests, file));
      await disk.remove(upload);
      inventory.remove([file]);
    },
  };
}

function extractSnapAssets({ disk, layout, env }: InstallWorld): TaskHandler {
  return {
    async do({ change, progress }: TaskContext) {
      const { file, name, slot } = installDataOf(change.data);
      const { image } = await openSnap(join(layout.snaps, file), `"${name}"`);
      try {
        const assets = await listAssets(image, slot);
        await extractAssets(disk, assets, join(layout.bootPartition, file), (done, total) =>
          progress(`boot assets of "${name}"`, done, total),
        );
      } finally {
        await image.close();
      }
      return { kind: 'done' };
    },
    async undo({ change }) {
      const { file } = installDataOf(change.data);
      await refuseNamed(env, file);
      await disk.remove(gatheringName(join(layout.bootPartition, file)));
      await disk.remove(join(layout.bootPartition, file));
    },
  };
}

function armTrial({ env, trials, bootId }: InstallWorld): TaskHandler {
  return {
    async do({ change }) {
      const { slot, file } = installDataOf(change.data);
      const state = await env.state();
      const tried = { [slot]: file };
      trials.open({ tried, good: state.good, change: change.id, bootId });
      if (state.mode !== 'try' || state.trying[slot] !== file) {
        await env.forgetEvidence();
        await env.apply(stage(await env.read(), tried));
      }
      return { kind: 'done' };
    },
    async undo({ change }) {
      const { slot, file } = installDataOf(change.data);
      const medium = await env.read();
      const state = await env.state();
      if (state.mode === 'try' && state.trying[slot] === file) await env.apply(cancel(medium));
      const entry = trials.unsettled();
      if (entry?.change !== change.id) return;
      if (entry.what === undefined) trials.decide(entry.id, 'cancelled');
      trials.settle(entry.id);
    },
  };
}

function tryBootSet({ requestReboot }: InstallWorld): TaskHandler {
  return {
    async do({ change }) {
      const { name, revision } = installDataOf(change.data);
      // The verdict comes from another boot: the device ends this task when it knows how the trial went.
      return { kind: 'wait', afterwards: () => requestReboot(`to try "${name}" (${revision})`) };
    },
  };
}

/** Undo must never take away what a copy of the environment would still boot. */
async function refuseNamed(env: BootEnv, file: string): Promise<void> {
  if (!keepRevisions(await env.read()).has(file)) return;
  throw new SnapsError('damaged', `cannot remove ${file}: the boot environment names it`);
}
