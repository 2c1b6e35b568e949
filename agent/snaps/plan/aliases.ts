/** Aliases by a person's word: setting one, removing one or all of a snap's, preferring those of a snap. Pure; texts are snapd's. */
import { isAlias } from '../../../images/snap/index.ts';
import { affectedKey } from '../../engine/conflicts.ts';
import type { TaskData } from '../../engine/model.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { aliasesInWay } from '../record/alias-conflicts.ts';
import { aliasesEnabled, hasManualAlias } from '../record/aliases.ts';
import { isInstalled, type SnapRecord, sideInfoOf } from '../record/model.ts';
import { checkNoConflict } from './check-free.ts';
import { setupOf } from './enable.ts';
import { installedSnap } from './installed.ts';
import { setupKey } from './setup.ts';
import { changeData } from './targets.ts';
import type { PlanView } from './view.ts';

export type AliasRequest =
  | { readonly action: 'alias'; readonly name: string; readonly app: string; readonly alias: string }
  /** All aliases of a snap; or, without a name, the one that a person set. Where both are the same, a snap of that name wins. */
  | { readonly action: 'unalias'; readonly name: string; readonly alias: string }
  | { readonly action: 'prefer'; readonly name: string };

/** @throws SnapsError, and nothing has changed */
export function planAliases(view: PlanView, request: AliasRequest): ChangePlan {
  switch (request.action) {
    case 'alias':
      return planAlias(view, request);
    case 'unalias':
      return planUnalias(view, request);
    case 'prefer':
      return planPrefer(view, request.name);
  }
}

function planAlias(view: PlanView, { name, app, alias }: Extract<AliasRequest, { action: 'alias' }>): ChangePlan {
  if (!isAlias(alias)) throw new SnapsError('bad-request', `invalid alias name: ${JSON.stringify(alias)}`);
  const what = `"${alias}" => "${app}" for snap "${name}"`;
  return planOf(view, name, {
    ...{ kind: 'alias', summary: `Setup alias ${what}` },
    task: { kind: 'alias', summary: `Setup manual alias ${what}`, data: { alias, target: app } },
  });
}

function planUnalias(view: PlanView, { name, alias }: Extract<AliasRequest, { action: 'unalias' }>): ChangePlan {
  if (name !== '' && (name !== alias || isInstalled(view.records.get(name)))) {
    return planOf(view, name, {
      ...{ kind: 'unalias', summary: `Disable all aliases for snap "${name}"` },
      task: { kind: 'disable-aliases', summary: `Disable aliases for snap "${name}"`, data: {} },
    });
  }
  const owner = [...view.records.values()].find((record) => hasManualAlias(record, alias));
  if (owner === undefined) throw new SnapsError('bad-request', `cannot find manual alias "${alias}" in any snap`);
  const summary = `Remove manual alias "${alias}" for snap "${owner.instance}"`;
  return planOf(view, owner.instance, {
    ...{ kind: 'unalias', summary },
    task: { kind: 'unalias', summary, data: { alias } },
  });
}

/** What stands in the way for good is said by the task, as with snapd. */
function planPrefer(view: PlanView, name: string): ChangePlan {
  const record = installedSnap(view, name);
  const others = record.autoAliasesDisabled ? snapsInWay(view, record) : [];
  for (const other of others) checkNoConflict(view, other);
  return planOf(view, name, {
    ...{ kind: 'prefer', summary: `Prefer aliases of snap "${name}"` },
    task: {
      ...{ kind: 'prefer-aliases', summary: `Prefer aliases for snap "${name}"` },
      data: others.length === 0 ? {} : { [affectedKey]: others },
    },
  });
}

function snapsInWay({ records }: PlanView, record: SnapRecord): string[] {
  try {
    return [...aliasesInWay(aliasesEnabled(record).record, [...records.values()]).keys()];
  } catch (error) {
    if (error instanceof SnapsError) return [];
    throw error;
  }
}

interface Parts {
  readonly kind: string;
  readonly summary: string;
  readonly task: { readonly kind: string; readonly summary: string; readonly data: TaskData };
}

function planOf(view: PlanView, name: string, { kind, summary, task }: Parts): ChangePlan {
  const record = installedSnap(view, name);
  const side = sideInfoOf(record, record.current);
  if (side === undefined) throw new SnapsError('not-installed', `snap "${name}" is not installed`, { snap: name });
  checkNoConflict(view, name);
  const data = { snap: name, [setupKey]: setupOf(record, 'alias', side), ...task.data };
  return { kind, summary, data: changeData([name]), tasks: [{ ...task, data }] };
}
