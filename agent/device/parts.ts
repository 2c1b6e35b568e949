/** The parts of a device, put together once at start-up. */
import { BackOff } from '../boot/back-off.ts';
import { BootEnv } from '../boot/bootenv.ts';
import type { BootFacts } from '../boot/facts.ts';
import { healthConfig } from '../boot/health/config.ts';
import { policyOf } from '../boot/health/policy.ts';
import type { BootJournal } from '../boot/journal/journal.ts';
import { TrialLog } from '../boot/trial-log.ts';
import { Changes } from '../engine/changes.ts';
import type { Handlers } from '../engine/handler.ts';
import { Runner } from '../engine/runner.ts';
import { assetHandlers } from '../snaps/boot-set/asset-tasks.ts';
import { earlierHandlers } from '../snaps/boot-set/earlier.ts';
import { bootSetPort } from '../snaps/boot-set/port.ts';
import { dataHandlers } from '../snaps/data/handlers.ts';
import { hasMountedSave } from '../snaps/data/save.ts';
import { FitnessLog } from '../snaps/fitness/log.ts';
import { collectGarbage } from '../snaps/garbage.ts';
import { Inventory } from '../snaps/inventory.ts';
import { waitsForAliases } from '../snaps/life/alias-turns.ts';
import { lifeHandlers } from '../snaps/life/handlers.ts';
import { HoldStore } from '../snaps/record/hold-store.ts';
import { SnapRecords } from '../snaps/record/store.ts';
import { savedHandlers } from '../snaps/saved/handlers.ts';
import { keepBaseline } from './baseline.ts';
import type { ConfigDocument } from './config-document.ts';
import { ConfigStore } from './config-store.ts';
import { type ConfigureWorld, configureHandlers } from './configure.ts';
import { holdHandlers } from './hold.ts';
import { withInventory } from './inventoried.ts';
import { planOptionComplaints } from './plan-options.ts';
import { Restart } from './restart.ts';
import { type Saved, savedOf } from './saved-world.ts';
import { SnapInfos } from './snap-infos.ts';
import type { DeviceWorld } from './world.ts';

export interface Parts {
  readonly world: DeviceWorld;
  readonly handlers: Handlers;
  readonly facts: BootFacts;
  readonly env: BootEnv;
  readonly trials: TrialLog;
  readonly journal: BootJournal;
  readonly backOff: BackOff;
  readonly fitnessLog: FitnessLog;
  readonly changes: Changes;
  readonly runner: Runner;
  readonly inventory: Inventory;
  readonly snapRecords: SnapRecords;
  readonly snapInfos: SnapInfos;
  readonly holds: HoldStore;
  readonly saved: Saved;
  readonly restart: Restart;
  readonly configuration: ConfigureWorld;
  /** Removes what of the boot set nothing names. Never rejects: what could not go now goes the next time. */
  tidy(): Promise<void>;
  /** Asks for the reboot that starts the armed trial. */
  rebootForTrial(why: string): void;
}

export function partsOf(world: DeviceWorld, facts: BootFacts, journal: BootJournal): Parts {
  const { layout, disk, database, clock } = world;
  const now = () => new Date(clock.wallMs());
  const env = new BootEnv(disk, layout);
  const trials = new TrialLog(database, now);
  const changes = new Changes(database, now);
  const inventory = new Inventory(database, now);
  const restart = new Restart({
    layout,
    disk,
    reboot: (why) => world.reboot(why),
    sleep: (milliseconds) => clock.sleep(milliseconds),
    say: (text) => world.say(text),
  });
  const snapRecords = new SnapRecords(database);
  const holds = new HoldStore(database);
  const tidy = async () => {
    try {
      const medium = await env.read();
      const running = facts.booted.ran;
      const gone = await collectGarbage({ disk, layout, inventory, medium, running, records: snapRecords.all() });
      if (gone.length > 0) world.say(`removed ${gone.join(', ')}`);
    } catch (error) {
      world.say(`not all could be removed: ${error instanceof Error ? error.message : error}`);
    }
  };
  const rebootForTrial = (why: string) => {
    const entry = trials.unsettled();
    if (entry === undefined) return restart.request(why);
    trials.countReboot(entry.id, facts.bootId);
    // What was well when the trial was armed stays what counts: where it starts again, much is not up yet at this moment.
    restart.request(why, entry.baseline === undefined ? () => keepBaseline(world, trials, entry.id) : undefined);
  };
  const complaints = (document: ConfigDocument) =>
    healthConfig(policyOf(facts.booted, world.policy), undefined, document).errors.map(({ message }) => message);
  const configuration: ConfigureWorld = {
    config: new ConfigStore(database),
    check: (document) => [...complaints(document), ...planOptionComplaints(document)],
  };
  const saved = savedOf(world, { records: snapRecords, configs: configuration.config });
  const bootSet = {
    ...{ disk, layout, env, trials, bootId: facts.bootId, ran: facts.booted.ran },
    requestReboot: rebootForTrial,
  };
  const boot = bootSetPort(bootSet);
  const life = lifeHandlers({
    ...{ layout, disk, clock, records: snapRecords, configs: configuration.config, systemd: world.systemd },
    ...world.programs,
    architecture: world.architecture,
    openChanges: () => changes.open(),
    bootSet: boot,
  });
  const own: Handlers = {
    ...withInventory(life, inventory),
    ...dataHandlers({
      root: layout.root,
      trees: world.trees,
      records: snapRecords,
      hasSave: () => hasMountedSave(layout.root),
      mayBoot: (place) => boot.uses(place),
    }),
    ...assetHandlers(bootSet),
    ...earlierHandlers({ ...bootSet, layout }),
    ...configureHandlers(configuration),
    ...savedHandlers(saved.world),
    ...holdHandlers(holds, configuration.config, now),
  };
  const handlers = world.handlers?.(own) ?? own;
  return {
    world,
    handlers,
    facts,
    env,
    trials,
    journal,
    backOff: new BackOff(database, now),
    fitnessLog: new FitnessLog(database, now),
    changes,
    runner: new Runner(changes, {
      handlers,
      clock,
      bootId: facts.bootId,
      restart: ({ id, summary }) => rebootForTrial(`to go on with change ${id} (${summary})`),
      isBlocked: waitsForAliases,
      isProtected: ({ id }) => trials.unsettled()?.change === id,
      say: (text) => world.say(text),
    }),
    inventory,
    snapRecords,
    snapInfos: new SnapInfos({ disk, layout }),
    holds,
    saved,
    restart,
    configuration,
    tidy,
    rebootForTrial,
  };
}
