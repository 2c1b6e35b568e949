/** The system options that plans read, out of the system's configuration; and which of them can be set. Pure. */
import { checkRefreshHold, checkRetain } from '../snaps/plan/options.ts';
import type { PlanOptions } from '../snaps/plan/view.ts';
import { checkRetention, retentionOf } from '../snaps/saved/expiry.ts';
import { type ConfigDocument, ConfigError, type ConfigValue, lookUp } from './config-document.ts';

/** How long what is saved of a removed snap is kept; without it nothing is saved by itself. */
export const retentionKey = 'snapshots.automatic.retention';

const flags: readonly string[] = [
  'experimental.parallel-instances',
  'experimental.check-disk-space-install',
  'experimental.check-disk-space-refresh',
  'experimental.check-disk-space-remove',
];

export function planOptions(config: ConfigDocument): PlanOptions {
  const isOn = (key: string) => [true, 'true'].includes(scalar(lookUp(config, key)));
  const isChecked = (kind: string) => isOn(`experimental.check-disk-space-${kind}`);
  return {
    retain: lookUp(config, 'refresh.retain'),
    parallelInstances: isOn('experimental.parallel-instances'),
    checkDiskSpace: { install: isChecked('install'), refresh: isChecked('refresh'), remove: isChecked('remove') },
    automaticSnapshots: retentionOf(lookUp(config, retentionKey), false) !== undefined,
  };
}

function scalar(value: ConfigValue | undefined): boolean | string {
  return typeof value === 'boolean' || typeof value === 'string' ? value : false;
}

const checks: ReadonlyMap<string, (value: ConfigValue | undefined) => void> = new Map([
  ['refresh.retain', checkRetain],
  ['refresh.hold', checkRefreshHold],
  [retentionKey, checkRetention],
  ...flags.map((key) => [key, (value: ConfigValue | undefined) => checkFlag(key, value)] as const),
]);

export function isPlanOption(key: string): boolean {
  return checks.has(key);
}

/** What keeps these options from being used, a sentence each. */
export function planOptionComplaints(config: ConfigDocument): string[] {
  return [...checks].flatMap(([key, check]) => {
    try {
      check(lookUp(config, key));
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}

function checkFlag(key: string, value: ConfigValue | undefined): void {
  if (value === undefined || ['true', 'false', ''].includes(String(value))) return;
  throw new ConfigError('invalid-value', `${key} can only be set to 'true' or 'false'`);
}
