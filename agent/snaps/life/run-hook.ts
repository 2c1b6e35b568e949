/**
 * run-hook: a program of the snap's own has its say. As nothing confines it yet, only hooks of snaps run that are not to be
 * confined: with devmode or classic. Of a strict snap they do not run, and the task's log says so.
 */
import { saveFolderOf } from '../../confine/launch/index.ts';
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { SnapsError } from '../error.ts';
import type { SnapFlags } from '../record/model.ts';
import { currentPlace, placeOfSetup, setupOfTask, textOf } from './about.ts';
import { pathOn } from './entries.ts';
import { hookCommand } from './hook-environment.ts';
import type { HookEnd, LifeWorld } from './world.ts';

export function hookHandlers(world: LifeWorld): Handlers {
  return { 'run-hook': runHook(world) };
}

/** Seconds; snapd's. */
const usualSeconds = 600;
const secondsOf: Readonly<Record<string, number>> = {
  configure: 300,
  'default-configure': 300,
  'check-health': 30,
};

function runHook(world: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const hook = textOf(context, 'hook');
      const place = hookPlace(world, context, hook);
      const mounted = place === undefined ? undefined : await world.mounted.read(place);
      if (place === undefined || mounted?.hooks.has(hook) !== true) {
        return context.task.data['optional'] === true ? { kind: 'done' } : missing(context, hook);
      }
      const { instance } = place;
      if (!isUnconfined(flagsOf(world, context))) {
        const note = `hook "${hook}" of "${instance}" is not run: this version cannot confine it as the snap asks for`;
        return { kind: 'done', note };
      }
      await context.announce({});
      const { architecture } = world;
      const saved = await world.disk.stat(pathOn(world, saveFolderOf(instance)));
      const run = {
        ...hookCommand(mounted.info, hook, place, { architecture, hasSaveFolder: saved?.kind === 'directory' }),
        seconds: secondsOf[hook] ?? usualSeconds,
      };
      const end = await world.runHook(run, context.signal);
      context.signal.throwIfAborted();
      return ended(context, hook, end);
    },
  };
}

function ended(context: TaskContext, hook: string, { problem, output }: HookEnd): ReturnType<typeof noted> {
  if (problem === undefined) return noted(output.join('\n'));
  const text = [...output, `<${problem}>`].join('\n');
  if (context.task.data['ignore-error'] === true) {
    context.log('ERROR', `ignoring failure in hook "${hook}": ${text}`);
    return noted('');
  }
  throw new SnapsError('hook-failed', `run hook "${hook}": ${output.length === 0 ? problem : text}`);
}

function noted(note: string) {
  return note === '' ? ({ kind: 'done' } as const) : ({ kind: 'done', note } as const);
}

function missing(context: TaskContext, hook: string): never {
  const { instance } = setupOfTask(context);
  throw new SnapsError('bad-request', `snap "${instance}" has no "${hook}" hook`, { snap: instance });
}

/** The revision whose hook it is: what runs now has the first and the last word. */
function hookPlace(world: LifeWorld, context: TaskContext, hook: string) {
  const setup = setupOfTask(context);
  if (hook === 'pre-refresh' || setup.operation === 'remove') return currentPlace(world, setup.instance);
  return placeOfSetup(setup);
}

function flagsOf(world: LifeWorld, context: TaskContext): SnapFlags {
  const { operation, instance, flags } = setupOfTask(context);
  return operation === 'remove' ? (world.records.get(instance)?.flags ?? flags) : flags;
}

function isUnconfined({ devmode, jailmode, classic }: SnapFlags): boolean {
  return classic === true || (devmode === true && jailmode !== true);
}
