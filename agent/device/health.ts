/** The health of this boot: the policy with all that changes it, and the checks that it names. */
import { join } from 'node:path';
import { SLOTS } from '../../bootloader/protocol/index.ts';
import { checksOf } from '../boot/health/checks.ts';
import { healthConfig } from '../boot/health/config.ts';
import { extractCommands } from '../boot/health/extract.ts';
import { readGadgetDefaults } from '../boot/health/gadget-defaults.ts';
import type { Baseline, Check, HealthCommand, HealthPolicy } from '../boot/health/model.ts';
import { withCommands } from '../boot/health/policy.ts';
import type { CheckWorld } from '../boot/health/ports.ts';
import { systemSnap } from './configure.ts';
import type { Parts } from './parts.ts';

export interface Health {
  readonly policy: HealthPolicy;
  readonly checks: readonly Check[];
}

/**
 * Puts together what the running set is held to. What cannot be read is said and left out: a gadget without its defaults is
 * still a better judge than none. Never rejects.
 * @param policy defaults and kernel command line
 * @param baseline how the device was before the trial
 */
export async function prepareHealth(
  parts: Parts,
  policy: HealthPolicy,
  baseline: Baseline | undefined,
): Promise<Health> {
  const { world, configuration } = parts;
  const gadget = await tolerantly(parts, 'the defaults of the gadget', undefined, () => gadgetDefaults(parts));
  const conf = await tolerantly(parts, 'the configuration', undefined, async () =>
    configuration.config.read(systemSnap),
  );
  const { policy: configured, errors } = healthConfig(policy, gadget, conf);
  for (const { message } of errors) world.say(message);
  const commands = await shippedCommands(parts);
  const whole = withCommands(configured, commands);
  return { policy: whole, checks: checksOf(whole, checkWorldOf(parts, commands), baseline) };
}

/** What the checks need of this device. */
export function checkWorldOf({ world, facts }: Parts, commands: readonly HealthCommand[]): CheckWorld {
  return {
    systemd: world.systemd,
    disk: world.disk,
    probeFile: world.layout.healthProbe,
    bootId: facts.bootId,
    wallMs: () => world.clock.wallMs(),
    ports: world.health,
    commands,
  };
}

async function gadgetDefaults({ world, facts }: Parts): Promise<unknown> {
  const file = facts.booted.ran.gadget;
  return file === undefined ? undefined : readGadgetDefaults(join(world.layout.snaps, file));
}

/** The health commands of the snaps that run, unpacked. */
async function shippedCommands(parts: Parts): Promise<HealthCommand[]> {
  const { world, facts } = parts;
  const { layout } = world;
  const all: HealthCommand[] = [];
  for (const slot of SLOTS) {
    const file = facts.booted.ran[slot];
    if (file === undefined) continue;
    const snap = file.slice(0, Math.max(0, file.lastIndexOf('_')));
    const found = await tolerantly(parts, `the health commands of ${file}`, { commands: [], skipped: [] }, () =>
      extractCommands(join(layout.snaps, file), snap, join(layout.healthCommands, file)),
    );
    for (const sentence of found.skipped) world.say(sentence);
    all.push(...found.commands);
  }
  return all;
}

async function tolerantly<T>({ world }: Parts, what: string, otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    world.say(`cannot read ${what}: ${error instanceof Error ? error.message : error}`);
    return otherwise;
  }
}
