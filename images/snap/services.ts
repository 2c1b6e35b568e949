import { SnapError } from './error.ts';
import { type App, isService, type SnapInfo } from './model.ts';

/**
 * The services of a snap, or some of them, so that what each is to come after is started before it. Throws `bad-app` where
 * that goes round in a circle.
 */
export function sortServices({ apps }: Pick<SnapInfo, 'apps'>, names: Iterable<string> = apps.keys()): readonly App[] {
  const wanted = new Map<string, App>();
  for (const name of [...names].sort()) {
    const app = apps.get(name);
    if (app !== undefined && isService(app)) wanted.set(name, app);
  }
  const followers = new Map<string, string[]>();
  const waits = new Map<string, number>();
  const follow = (first: string, then: string): void => {
    if (!wanted.has(first) || !wanted.has(then)) return;
    followers.set(first, [...(followers.get(first) ?? []), then]);
    waits.set(then, (waits.get(then) ?? 0) + 1);
  };
  for (const app of wanted.values()) {
    for (const name of app.after) follow(name, app.name);
    for (const name of app.before) follow(app.name, name);
  }
  const sorted = [...wanted.values()].filter(({ name }) => !waits.has(name));
  // Grows while it is gone through.
  for (const { name } of sorted) {
    for (const follower of followers.get(name) ?? []) {
      const left = (waits.get(follower) ?? 0) - 1;
      waits.set(follower, left);
      const app = wanted.get(follower);
      if (left > 0 || app === undefined) continue;
      waits.delete(follower);
      sorted.push(app);
    }
  }
  if (waits.size > 0) {
    throw new SnapError('bad-app', `applications are part of a before/after cycle: ${[...waits.keys()].join(', ')}`);
  }
  return sorted;
}
