/** prerequisites: the base of a snap is installed. It is waited for where another change installs it just now. */
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { type Change, isReady } from '../../engine/model.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { SnapsError } from '../error.ts';
import type { SnapSetup } from '../plan/setup.ts';
import { isInstalled } from '../record/model.ts';
import { setupOfTask } from './about.ts';
import type { LifeWorld } from './world.ts';

/** How long a base that somebody else installs is waited for before the next look: snapd's time. */
const lookAgainMs = 10_000;

export function prerequisitesHandlers(world: LifeWorld): Handlers {
  return { prerequisites: undoingItself(prerequisites(world)) };
}

function prerequisites({ records, disk, openChanges }: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const base = baseOf(setupOfTask(context));
      const names = base === 'core16' ? ['core16', 'core'] : base === undefined ? [] : [base];
      if (names.length === 0 || names.some((name) => isInstalled(records.get(name)))) return { kind: 'done' };
      const others = openChanges().filter(({ id }) => id !== context.change.id);
      if (others.some((change) => names.some((name) => installs(change, name)))) {
        return { kind: 'retry', afterMs: lookAgainMs };
      }
      throw new SnapsError('bad-request', `cannot find required base "${base}"`);
    },
    /** What was uploaded belongs to the change: it goes with it. */
    async undo(context) {
      const { source } = setupOfTask(context);
      const upload = source.kind === 'file' ? source.path : source.kind === 'present' ? source.unused : undefined;
      if (upload !== undefined) await disk.remove(upload);
      return undefined;
    },
  };
}

/** The base that has to be there; `undefined` where none has. */
export function baseOf({ type, base }: Pick<SnapSetup, 'type' | 'base'>): string | undefined {
  if (base === 'none') return undefined;
  if (type === 'app') return base ?? 'core';
  return type === 'gadget' ? base : undefined;
}

/** Is this change still on its way to link a snap? */
function installs({ tasks }: Change, instance: string): boolean {
  return tasks.some(
    ({ kind, data, status }) =>
      kind === 'link-snap' &&
      data['snap'] === instance &&
      !isReady(status) &&
      status !== 'Undo' &&
      status !== 'Undoing',
  );
}
