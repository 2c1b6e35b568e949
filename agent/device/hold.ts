/**
 * Holding refreshes of snaps by a person's word, and ending that: data, written with the change itself. That of all snaps is a
 * system option, as with snapd.
 */
import type { Handlers } from '../engine/handler.ts';
import type { TaskData } from '../engine/model.ts';
import type { ChangePlan } from '../engine/plan.ts';
import type { KindWords } from '../snaps/plan/describe-kinds.ts';
import { installedSnap } from '../snaps/plan/installed.ts';
import { changeData } from '../snaps/plan/targets.ts';
import type { PlanView } from '../snaps/plan/view.ts';
import { quoted } from '../snaps/plan/words.ts';
import type { HoldStore } from '../snaps/record/hold-store.ts';
import { type Hold, type HoldLevel, holdBySystem, released, systemHolder } from '../snaps/record/holds.ts';
import { type ConfigDocument, lookUp, patched } from './config-document.ts';
import type { ConfigStore } from './config-store.ts';
import { systemSnap } from './configure.ts';

export type HoldRequest =
  | {
      readonly action: 'hold';
      readonly names: readonly string[];
      readonly level: HoldLevel;
      readonly until: Date | 'forever';
    }
  | { readonly action: 'unhold'; readonly names: readonly string[] };

const holdTask = 'hold-snaps';
/** Where the task keeps what it replaces: all holds, or the system option. */
const beforeKey = 'before';

/** For whoever reads a plan. */
export const holdWords: Readonly<Record<string, KindWords>> = {
  [holdTask]: { writes: () => ['holds'], undo: () => 'holds as they were' },
};

/** @throws SnapsError `not-installed` */
export function planHold(view: Pick<PlanView, 'records'>, request: HoldRequest): ChangePlan {
  const { names } = request;
  for (const name of names) installedSnap(view, name);
  const isAll = names.length === 0;
  const what = isAll ? 'all snaps' : quoted(names);
  const summary =
    request.action === 'unhold'
      ? `Remove ${isAll ? 'auto-refresh' : 'refresh'} hold on ${what}`
      : `Hold ${request.level === 'general' ? 'general refreshes' : 'auto-refreshes'} for ${what}`;
  const until = request.action === 'unhold' ? undefined : request.until;
  const hold = {
    ...{ action: request.action, names },
    ...(request.action === 'unhold' ? {} : { level: request.level }),
    ...(until === undefined ? {} : { until: textOf(until) }),
  };
  return {
    ...{ kind: `${request.action}-snap`, summary, data: changeData(names) },
    tasks: [{ kind: holdTask, summary, data: { hold } }],
  };
}

export function holdHandlers(holds: HoldStore, config: ConfigStore, now: () => Date): Handlers {
  return {
    [holdTask]: {
      inside: true,
      async do({ task }) {
        const request = requestIn(task.data['hold']);
        if (request.names.length === 0) {
          const value = request.action === 'unhold' ? null : textOf(request.until);
          const before = config.read(systemSnap);
          const document = patched(before, { 'refresh.hold': value });
          const data = { [beforeKey]: { 'refresh.hold': lookUp(before, 'refresh.hold') ?? null } };
          return { kind: 'done', data, commit: (sql) => config.put(sql, systemSnap, document) };
        }
        const all = holds.all();
        const next =
          request.action === 'unhold'
            ? released(all, systemHolder, request.names)
            : holdBySystem(all, request.names, request.until, request.level, now());
        return { kind: 'done', data: { [beforeKey]: all.map(dataOf) }, commit: (sql) => holds.replaceIn(sql, next) };
      },
      async undo({ task }) {
        const before = task.data[beforeKey];
        if (Array.isArray(before)) {
          return { kind: 'done', commit: (sql) => holds.replaceIn(sql, before.map(holdOf)) };
        }
        if (typeof before !== 'object' || before === null) return { kind: 'done' };
        const document = patched(config.read(systemSnap), before as ConfigDocument);
        return { kind: 'done', commit: (sql) => config.put(sql, systemSnap, document) };
      },
    },
  };
}

function dataOf({ firstHeld, until, ...rest }: Hold): TaskData {
  return { ...rest, firstHeld: firstHeld.toISOString(), until: textOf(until) };
}

function holdOf(data: Readonly<Record<string, unknown>>): Hold {
  const { snap, holder, firstHeld, until, level } = data;
  return {
    ...{ snap: String(snap), holder: String(holder), firstHeld: new Date(String(firstHeld)) },
    until: until === 'forever' ? until : new Date(String(until)),
    level: level === 'general' ? level : 'auto-refresh',
  };
}

function textOf(until: Date | 'forever'): string {
  return until === 'forever' ? until : until.toISOString();
}

function requestIn(value: unknown): HoldRequest {
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { action, names, level, until } = fields;
  const list = Array.isArray(names) ? names.map(String) : [];
  if (action === 'unhold') return { action, names: list };
  const end = until === 'forever' ? until : new Date(String(until));
  return { action: 'hold', names: list, level: level === 'general' ? level : 'auto-refresh', until: end };
}
