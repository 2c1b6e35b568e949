/**
 * What becomes of a snap's configuration when another revision is linked: that of the old one is kept beside it, and comes back
 * with a revert (`lifecycle-vectors.md` B19, D11, E9).
 */
import type { Writer } from '../../system/database.ts';
import type { SnapSetup } from '../plan/setup.ts';
import type { ConfigDocument, SnapConfigs } from './world.ts';

/** Documents by name; an empty one is none. */
export type Configs = Readonly<Record<string, ConfigDocument>>;

function keptName(instance: string, revision: string): string {
  return `${instance}/${revision}`;
}

/** Those that linking changes, as they are to be. */
export function configsAfterLink(
  configs: SnapConfigs,
  { instance, side, operation }: SnapSetup,
  current: string | undefined,
): Configs {
  if (current === undefined || current === side.revision) return {};
  const now = configs.read(instance);
  const kept = configs.read(keptName(instance, side.revision));
  const isBack = operation === 'revert' && Object.keys(kept).length > 0;
  const all = { [keptName(instance, current)]: now, ...(isBack ? { [instance]: kept } : {}) };
  return changedOnly(configs, all);
}

/** Those that go with a revision, and with the last one the snap's own. */
export function configsAfterDiscard(
  configs: SnapConfigs,
  instance: string,
  revision: string,
  isLast: boolean,
): Configs {
  const all = { [keptName(instance, revision)]: {}, ...(isLast ? { [instance]: {} } : {}) };
  return changedOnly(configs, all);
}

/** The same documents as they are now. */
export function configsNow(configs: SnapConfigs, changing: Configs): Configs {
  return Object.fromEntries(Object.keys(changing).map((name) => [name, configs.read(name)]));
}

export function putConfigs(configs: SnapConfigs, sql: Writer, documents: Configs): void {
  for (const [name, document] of Object.entries(documents)) configs.put(sql, name, document);
}

/** Reads documents back from a task's data; none where it carries none. */
export function configsIn(value: unknown): Configs {
  return isConfigs(value) ? value : {};
}

function changedOnly(configs: SnapConfigs, all: Configs): Configs {
  const changed = Object.entries(all).filter(
    ([name, document]) => JSON.stringify(configs.read(name)) !== JSON.stringify(document),
  );
  return Object.fromEntries(changed);
}

function isConfigs(value: unknown): value is Configs {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((document) => typeof document === 'object' && document !== null)
  );
}
