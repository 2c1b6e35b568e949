import type { DaemonScope, SnapType } from '../model.ts';
import type { AppYaml } from '../schema/app.ts';
import type { HookYaml, SnapDocument } from '../schema/document.ts';
import type { GoValue } from '../yaml/value.ts';

/** A plug or slot while a snap is put together. */
export interface End {
  name: string;
  readonly interface: string;
  readonly label: string;
  /** Keys of maps are texts, and nothing is null. */
  readonly attrs: Map<string, GoValue>;
  /** An app or hook names it. */
  scoped: boolean;
}

/** What plugs and slots are bound to. */
export interface Bound {
  readonly plugs: Set<string>;
  readonly slots: Set<string>;
}

export interface DraftApp extends Bound {
  readonly yaml: AppYaml;
  readonly scope: DaemonScope | '';
  readonly activatesOn: string[];
}

export interface DraftHook extends Bound {
  readonly yaml: HookYaml;
}

/** A snap whose plugs and slots are bound, but not yet checked. */
export interface Draft {
  readonly document: SnapDocument;
  readonly type: SnapType;
  readonly plugs: Map<string, End>;
  readonly slots: Map<string, End>;
  readonly apps: Map<string, DraftApp>;
  readonly hooks: Map<string, DraftHook>;
  readonly componentHooks: Map<string, Map<string, DraftHook>>;
}

/** All that a plug can be bound to. */
export function boundOf({ apps, hooks, componentHooks }: Draft): Bound[] {
  return [...apps.values(), ...hooks.values(), ...[...componentHooks.values()].flatMap((all) => [...all.values()])];
}
