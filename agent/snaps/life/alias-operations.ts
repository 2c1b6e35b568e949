/** alias, unalias, disable-aliases, prefer-aliases: what a person does about aliases. Texts are snapd's. */
import { isService, type SnapInfo } from '../../../images/snap/index.ts';
import { affectedKey } from '../../engine/conflicts.ts';
import type { Handlers, Recorded, TaskContext, TaskHandler } from '../../engine/handler.ts';
import type { Task } from '../../engine/model.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { SnapsError } from '../error.ts';
import { aliasesInWay, checkAliases } from '../record/alias-conflicts.ts';
import {
  aliasesDisabled,
  aliasesEnabled,
  aliasesGivenUp,
  aliasSet,
  aliasUnset,
  effectiveAliases,
} from '../record/aliases.ts';
import type { SnapRecord } from '../record/model.ts';
import type { Inverse, Step } from '../record/step.ts';
import { currentPlace, recordOf, setupOfTask, textOf, textsOf } from './about.ts';
import { aliasesBefore, aliasesOfOthers } from './alias-undo.ts';
import { aliasEntries, aliasOfPath, aliasPath, linksThere } from './aliases.ts';
import { type Entries, exchange, putBack } from './entries.ts';
import type { LifeWorld } from './world.ts';

/** What becomes of the record of the task's snap, and then of others. @throws SnapsError */
type Decide = (record: SnapRecord, task: Task, info: SnapInfo | undefined) => readonly Step[];

export function aliasOperationHandlers(world: LifeWorld): Handlers {
  const decisions: Readonly<Record<string, Decide>> = {
    alias: (...about) => [setByHand(world, ...about)],
    unalias: (record, task) => [unsetByHand(record, task)],
    'disable-aliases': (record) => [aliasesDisabled(record)],
    'prefer-aliases': (record, task) => preferred(world, record, task),
  };
  return Object.fromEntries(
    Object.entries(decisions).map(([kind, decide]) => [kind, undoingItself(operation(world, decide))]),
  );
}

function setByHand(world: LifeWorld, record: SnapRecord, task: Task, info: SnapInfo | undefined): Step {
  const { instance } = record;
  const alias = textOf({ task }, 'alias');
  const target = textOf({ task }, 'target');
  const app = readable(record, info).apps.get(target);
  if (app === undefined || isService(app)) {
    const why = app === undefined ? 'does not exist' : 'is a daemon';
    const text = `cannot enable alias "${alias}" for "${instance}", target application "${target}" ${why}`;
    throw new SnapsError('bad-request', text, { snap: instance });
  }
  const step = aliasSet(record, alias, target);
  checkAliases(step.record, world.records.all());
  return step;
}

function unsetByHand(record: SnapRecord, task: Task): Step {
  const alias = textOf({ task }, 'alias');
  if (Object.hasOwn(record.aliases, alias)) return aliasUnset(record, alias);
  throw new SnapsError('bad-request', `no alias "${alias}"`, { snap: record.instance });
}

/** Only the snaps that the plan has named give theirs up: nothing else keeps other changes off them. */
function preferred(world: LifeWorld, record: SnapRecord, task: Task): Step[] {
  if (!record.autoAliasesDisabled) return [];
  const all = world.records.all();
  const step = aliasesEnabled(record);
  const named = new Set(textsOf({ task }, affectedKey) ?? []);
  const inWay = aliasesInWay(step.record, all);
  checkAliases(
    step.record,
    all.filter(({ instance }) => !named.has(instance)),
  );
  const others = all.filter(({ instance }) => inWay.has(instance));
  return [step, ...others.map(aliasesGivenUp)];
}

const inversesKey = 'old-records';

function operation(world: LifeWorld, decide: Decide): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const record = recordOf(world, setupOfTask(context).instance);
      const place = currentPlace(world, record.instance);
      const info = place === undefined ? undefined : (await world.mounted.read(place))?.info;
      const steps = decide(record, context.task, info);
      await exchange(world, context, await linksOf(world, steps, info));
      return {
        kind: 'done',
        changeData: traceOf(world, steps),
        data: { [inversesKey]: Object.fromEntries(steps.map((step) => [step.record.instance, step.inverse])) },
        commit: putting(
          world,
          steps.map((step) => step.record),
        ),
      };
    },
    async undo(context) {
      const instances = [setupOfTask(context).instance, ...(textsOf(context, affectedKey) ?? [])];
      const taken = aliasesOfOthers(world, instances);
      await putBack(world, context, (path) => !taken.has(aliasOfPath(path)));
      return { kind: 'done', commit: putting(world, aliasesBefore(world, context, inversesOf(context))) };
    },
  };
}

function putting({ records }: LifeWorld, changed: readonly SnapRecord[]): NonNullable<Recorded['commit']> {
  return (sql) => {
    for (const record of changed) records.putIn(sql, record);
  };
}

function inversesOf({ task }: Pick<TaskContext, 'task'>): Readonly<Record<string, Inverse>> {
  const value = task.data[inversesKey];
  // What this handler has written itself.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Inverse>>) : {};
}

/** @throws SnapsError `damaged` */
function readable({ instance, current }: SnapRecord, info: SnapInfo | undefined): SnapInfo {
  if (info !== undefined) return info;
  const text = `cannot set up aliases of snap "${instance}": its revision ${current} cannot be read`;
  throw new SnapsError('damaged', text, { snap: instance });
}

/** The links that go and come; those of a snap that is disabled come when it is enabled. */
async function linksOf(world: LifeWorld, steps: readonly Step[], info: SnapInfo | undefined): Promise<Entries> {
  const gone: Entries[] = [];
  const come: Entries[] = [];
  for (const { record } of steps) {
    const before = recordOf(world, record.instance);
    if (!before.active || before.aliasesPending) continue;
    gone.push(await linksThere(world, record.instance, namesIn(lost(before, record))));
    const paths = new Set(namesIn(lost(record, before)).map(aliasPath));
    const links = paths.size === 0 ? {} : aliasEntries(record, readable(record, info));
    come.push(Object.fromEntries(Object.entries(links).filter(([path]) => paths.has(path))));
  }
  return Object.assign({}, ...gone, ...come);
}

/** As clients of snapd's API are told: what was made, and what went. */
function traceOf(world: LifeWorld, steps: readonly Step[]) {
  const pairs = steps.map(({ record }) => [recordOf(world, record.instance), record] as const);
  return {
    'aliases-added': pairs.flatMap(([before, after]) => lost(after, before)),
    'aliases-removed': pairs.flatMap(([before, after]) => lost(before, after)),
  };
}

interface Lost {
  readonly snap: string;
  readonly app: string;
  readonly alias: string;
}

/** The aliases that count before, and not, or not so, after. */
function lost(before: SnapRecord, after: SnapRecord): Lost[] {
  const left = effectiveAliases(after);
  const gone = [...effectiveAliases(before)].filter(([alias, app]) => left.get(alias) !== app);
  return gone.map(([alias, app]) => ({ snap: before.instance, app, alias }));
}

function namesIn(all: readonly Lost[]): string[] {
  return all.map(({ alias }) => alias);
}
