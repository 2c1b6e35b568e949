/**
 * Changes the configuration of the system (`snap set system health.settle=10s`). What is refused is refused before there is
 * a change; the change's one task writes.
 */
import type { Handlers } from '../engine/handler.ts';
import type { ChangeData } from '../engine/model.ts';
import type { ChangePlan } from '../engine/plan.ts';
import { type ConfigDocument, ConfigError, isMap, leafKeys, patched } from './config-document.ts';
import type { ConfigStore } from './config-store.ts';
import { isPlanOption } from './plan-options.ts';

/** The snap that the system's configuration belongs to; `system` is another name of it. */
export const systemSnap = 'core';

export const configureTask = 'configure-snap';

/** What the checks of a trial are held to; each key below it is theirs to judge. */
const healthKey = 'health';

export interface ConfigureWorld {
  readonly config: ConfigStore;
  /** What whoever reads the system's configuration has against this one, a sentence each; nothing where it can be used. */
  check(document: ConfigDocument): readonly string[];
}

/**
 * The system's configuration as `patch` makes it.
 * @throws ConfigError
 */
export function configured({ config, check }: ConfigureWorld, patch: ConfigDocument): ConfigDocument {
  for (const key of leafKeys(patch)) {
    if (key.split('.')[0] !== healthKey && !isPlanOption(key)) {
      throw new ConfigError('unsupported', `cannot set "${systemSnap}.${key}": unsupported system option`);
    }
  }
  const document = patched(config.read(systemSnap), patch);
  const complaints = check(document);
  if (complaints.length > 0) throw new ConfigError('invalid-value', complaints.join('; '));
  return document;
}

/** What changing the system's configuration takes. @throws ConfigError where it cannot be so; changes nothing */
export function planConfigure(world: ConfigureWorld, patch: ConfigDocument): ChangePlan {
  configured(world, patch);
  return {
    kind: 'configure-snap',
    summary: `Change configuration of "${systemSnap}" snap`,
    data: { 'snap-names': [systemSnap], configure: patch },
    tasks: [{ kind: configureTask, summary: `Write the configuration of "${systemSnap}" snap` }],
  };
}

export function configureHandlers(world: ConfigureWorld): Handlers {
  return {
    [configureTask]: {
      inside: true,
      async do({ change }) {
        const document = configured(world, patchOf(change.data));
        const data = { before: world.config.read(systemSnap) };
        return { kind: 'done', data, commit: (sql) => world.config.put(sql, systemSnap, document) };
      },
      async undo({ task: { data } }) {
        const { before } = data;
        if (!isMap(before)) return { kind: 'done' };
        return { kind: 'done', commit: (sql) => world.config.put(sql, systemSnap, before) };
      },
    },
  };
}

function patchOf({ configure }: ChangeData): ConfigDocument {
  if (!isMap(configure)) throw new Error('cannot go on with this change: it carries no configuration');
  return configure;
}
