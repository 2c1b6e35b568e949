/** Tasks that run a hook. Pure; summaries are snapd's. */
import { type Draft, draft } from './draft.ts';
import type { SnapSetup } from './setup.ts';

export type HookName =
  | 'install'
  | 'default-configure'
  | 'configure'
  | 'pre-refresh'
  | 'post-refresh'
  | 'remove'
  | 'check-health';

/** A hook that need not be there. What the remove hook says is logged, and stops nothing. */
export function hookTask(hook: HookName, instance: string): Draft {
  const summary =
    hook === 'check-health'
      ? `Run health check of "${instance}" snap`
      : `Run ${hook} hook of "${instance}" snap if present`;
  return draft('run-hook', summary, {
    ...{ snap: instance, hook, optional: true },
    ...(hook === 'remove' ? { 'ignore-error': true } : {}),
  });
}

/** Bases and snapd have no configuration. */
export function mayConfigure({ type }: Pick<SnapSetup, 'type'>): boolean {
  return type !== 'base' && type !== 'snapd';
}

/** The configuration of `core` is the system's: nothing sets it up when the snap comes. */
export function mayDefaultConfigure(setup: Pick<SnapSetup, 'type' | 'instance'>): boolean {
  return mayConfigure(setup) && setup.type !== 'os';
}
