/** This device as plans see it: what they ask for is read before, so that planning itself reads nothing. */
import { join } from 'node:path';
import { keepRevisions, readBootState, SLOTS, type Slot, type SlotNames } from '../../bootloader/protocol/index.ts';
import { conflictOf } from '../engine/conflicts.ts';
import { fileNameOf, parseFileName } from '../snaps/file-name.ts';
import type { DeviceView, PlanView, Running, SnapFacts } from '../snaps/plan/view.ts';
import type { SnapRecord } from '../snaps/record/model.ts';
import { snapshotSize } from '../snaps/saved/write.ts';
import { systemSnap } from './configure.ts';
import type { Parts } from './parts.ts';
import { planOptions } from './plan-options.ts';
import { factsOf } from './snap-infos.ts';

/** What a request will ask of the view beyond records and boot set. */
export interface ViewNeeds {
  /** Instances whose revisions are read. */
  readonly facts: readonly string[];
  /** Instances whose running programs are looked for. */
  readonly running: readonly string[];
  /** Instances whose data is measured, where the options ask whether there is room for what is saved of it. */
  readonly sizes?: readonly string[];
}

export async function viewOf(parts: Parts, needs: ViewNeeds): Promise<PlanView> {
  const { world, env, changes, inventory, configuration, snapRecords } = parts;
  const { disk, layout } = world;
  const records = new Map(snapRecords.all().map((record) => [record.instance, record]));
  const medium = await env.read();
  const bootUsed = new Set([...keepRevisions(medium), ...Object.values(parts.facts.booted.ran)]);
  const facts = await factsFor(parts, needs.facts, records);
  const running = await runningNow(parts, needs.running);
  const named = [...bootUsed, ...(await namesOn(parts)), ...[...records.values()].flatMap(filesOf)];
  const open = changes.open();
  const options = planOptions(configuration.config.read(systemSnap));
  const sizes = await sizesOf(parts, options.checkDiskSpace.remove ? (needs.sizes ?? []) : []);
  return {
    records,
    device: deviceView(parts, readBootState(medium).good),
    options,
    facts: (instance, revision) => facts.get(fileNameOf({ name: instance, revision })),
    nextLocalRevision: (instance) => inventory.nextRevision(instance, named),
    isBootUsed: (instance, revision) => bootUsed.has(fileNameOf({ name: instance, revision })),
    conflict: (instance) => {
      const found = conflictOf(open, { snaps: [instance] });
      return found === undefined ? undefined : { changeKind: found.kind };
    },
    running: (instance) => running.get(instance),
    free: await disk.free(layout.snaps),
    snapshotSize: (instance) => sizes.get(instance) ?? 0,
  };
}

/** @param good the set that boots: what this device is made of */
export function deviceView({ world, facts }: Pick<Parts, 'world' | 'facts'>, good: SlotNames): DeviceView {
  const nameOf = (slot: Slot) => parseFileName(good[slot] ?? '')?.name;
  const names = SLOTS.flatMap((slot): [Slot, string][] => {
    const name = nameOf(slot);
    return name === undefined ? [] : [[slot, name]];
  });
  // What the running boot script does not know about cannot be tried, and what there is none of cannot be gone back to.
  const slots = names.map(([slot]) => slot).filter((slot) => slot !== 'gadget' || facts.booted.abilities.has('gadget'));
  return {
    ...{ classic: false, architecture: world.architecture, runMode: true, driversTree: false },
    model: Object.fromEntries(names),
    slots: new Set(slots),
    lacksIsa: (isa) => `ISA ${isa} is not known to be there`,
  };
}

async function factsFor(
  { snapInfos }: Pick<Parts, 'snapInfos'>,
  instances: readonly string[],
  records: ReadonlyMap<string, SnapRecord>,
): Promise<ReadonlyMap<string, SnapFacts>> {
  const facts = new Map<string, SnapFacts>();
  for (const instance of instances) {
    for (const { revision } of records.get(instance)?.sequence ?? []) {
      const info = await snapInfos.read(instance, revision);
      if (info !== undefined) facts.set(fileNameOf({ name: instance, revision }), factsOf(info));
    }
  }
  return facts;
}

async function runningNow(
  { world }: Pick<Parts, 'world'>,
  instances: readonly string[],
): Promise<ReadonlyMap<string, Running>> {
  const all = new Map<string, Running>();
  for (const instance of instances) {
    const running = await world.programs.running(instance);
    if (running !== undefined) all.set(instance, running);
  }
  return all;
}

async function sizesOf(
  { saved }: Pick<Parts, 'saved'>,
  instances: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const instance of instances) sizes.set(instance, await snapshotSize(saved.world, instance));
  return sizes;
}

/** The files of snaps, and the directories of boot assets. */
async function namesOn({ world: { disk, layout } }: Pick<Parts, 'world'>): Promise<string[]> {
  const list = async (path: string) => ((await disk.stat(path))?.kind === 'directory' ? disk.list(path) : []);
  return [...(await list(layout.snaps)), ...(await list(join(layout.bootPartition)))];
}

function filesOf({ instance, sequence }: SnapRecord): string[] {
  return sequence.map(({ revision }) => fileNameOf({ name: instance, revision }));
}
