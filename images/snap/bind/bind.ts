import { SnapError } from '../error.ts';
import { isComponentHookSupported, isHookSupported } from '../hook-names.ts';
import type { SnapType } from '../model.ts';
import { quote } from '../quote.ts';
import type { AppYaml } from '../schema/app.ts';
import type { HookYaml, SnapDocument } from '../schema/document.ts';
import { type Bound, boundOf, type Draft, type DraftHook, type End } from './draft.ts';
import { implicitEnd, readEnd, type Side } from './end.ts';

/**
 * Binds plugs and slots to the apps and hooks that name them; those that nothing names are bound to all. Throws `bad-plug`,
 * `bad-slot`, `bad-component`, `bad-app`.
 */
export function bindSnap(document: SnapDocument): Draft {
  const draft: Draft = {
    document,
    type: typeOf(document),
    plugs: endsOf('plug', document.plugs),
    slots: endsOf('slot', document.slots),
    apps: new Map(),
    hooks: new Map(),
    componentHooks: new Map(),
  };
  bindComponents(draft);
  for (const [name, app] of document.apps) bindApp(draft, name, app);
  for (const [name, yaml] of document.hooks) {
    if (isHookSupported(name)) draft.hooks.set(name, bindHook(draft, yaml));
  }
  bindUnscoped(draft);
  if (document.name === 'core' && draft.type === 'os') renameCorePlugs(draft);
  return draft;
}

function typeOf({ name, type }: SnapDocument): SnapType {
  if (name === 'snapd') return 'snapd';
  return type === '' ? 'app' : type;
}

function endsOf(side: Side, yaml: SnapDocument['plugs']): Map<string, End> {
  return new Map([...yaml].map(([name, data]) => [name, readEnd(side, name, data)]));
}

function bindComponents(draft: Draft): void {
  for (const [name, { type, hooks }] of draft.document.components) {
    if (type === 'kernel-modules' && draft.type !== 'kernel') {
      throw new SnapError('bad-component', 'kernel-modules components can exist only for kernel snaps');
    }
    const bound = new Map<string, DraftHook>();
    for (const [hookName, yaml] of hooks) {
      if (!isComponentHookSupported(hookName)) {
        throw new SnapError('bad-component', `unsupported component hook: ${quote(hookName)}`);
      }
      if (yaml.slots.length > 0) throw new SnapError('bad-component', 'component hooks cannot have slots');
      bound.set(hookName, bindHook(draft, yaml));
    }
    draft.componentHooks.set(name, bound);
  }
}

function bindApp(draft: Draft, name: string, yaml: AppYaml): void {
  const scope = yaml.daemon !== '' && yaml['daemon-scope'] === '' ? 'system' : yaml['daemon-scope'];
  const app = {
    yaml,
    scope,
    activatesOn: [...yaml['activates-on']],
    plugs: new Set<string>(),
    slots: new Set<string>(),
  };
  draft.apps.set(name, app);
  bindNamed(draft, app, yaml);
  for (const slotName of app.activatesOn) {
    const slot = draft.slots.get(slotName);
    if (slot === undefined) {
      throw new SnapError(
        'bad-app',
        `invalid activates-on value ${quote(slotName)} on app ${quote(name)}: slot not found`,
      );
    }
    slot.scoped = true;
    app.slots.add(slotName);
  }
}

function bindHook(draft: Draft, yaml: HookYaml): DraftHook {
  const hook = { yaml, plugs: new Set<string>(), slots: new Set<string>() };
  bindNamed(draft, hook, yaml);
  return hook;
}

function bindNamed(
  draft: Draft,
  bound: Bound,
  names: { readonly plugs: readonly string[]; readonly slots: readonly string[] },
): void {
  for (const side of ['plugs', 'slots'] as const) {
    for (const name of names[side]) {
      const end = draft[side].get(name) ?? implicitEnd(name);
      end.scoped = true;
      draft[side].set(name, end);
      bound[side].add(name);
    }
  }
}

function bindUnscoped(draft: Draft): void {
  for (const { name, scoped } of draft.plugs.values()) {
    if (!scoped) for (const bound of boundOf(draft)) bound.plugs.add(name);
  }
  for (const { name, scoped } of draft.slots.values()) {
    // Hooks of components have no slots.
    if (!scoped) for (const bound of [...draft.apps.values(), ...draft.hooks.values()]) bound.slots.add(name);
  }
}

/** Old core snaps have plugs with the names of slots that every core has. */
function renameCorePlugs(draft: Draft): void {
  for (const name of ['network-bind', 'core-support']) {
    const plug = draft.plugs.get(name);
    if (plug === undefined) continue;
    draft.plugs.delete(name);
    plug.name = `${name}-plug`;
    draft.plugs.set(plug.name, plug);
    for (const { plugs } of boundOf(draft)) if (plugs.delete(name)) plugs.add(plug.name);
  }
}
