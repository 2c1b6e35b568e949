/**
 * Programs of a snap that run now, by their control groups: each command and hook has a scope of its own, named after its
 * security tag. Services do not count: they are stopped.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Running } from '../plan/view.ts';

/** Deeper than systemd makes them. */
const maxDepth = 8;

/** @param groups where the control groups are shown, `/sys/fs/cgroup` on a device. Never rejects. */
export async function runningIn(groups: string, instance: string): Promise<Running | undefined> {
  const apps = new Set<string>();
  const hooks = new Set<string>();
  const pids: number[] = [];
  for await (const { name, path } of scopesIn(groups, maxDepth)) {
    const found = programOf(name, instance);
    if (found === undefined) continue;
    const own = await pidsIn(path);
    if (own.length === 0) continue;
    (found.kind === 'hook' ? hooks : apps).add(found.name);
    pids.push(...own);
  }
  return pids.length === 0 ? undefined : { apps: [...apps], hooks: [...hooks], pids };
}

interface Program {
  readonly kind: 'app' | 'hook';
  readonly name: string;
}

/** The command or hook of this snap that a scope is for: `snap.<instance>.<app>-<uuid>.scope`, `snap.<instance>.hook.<hook>...`. */
export function programOf(scope: string, instance: string): Program | undefined {
  const prefix = `snap.${instance}.`;
  if (!scope.startsWith(prefix) || !scope.endsWith('.scope')) return undefined;
  const uuid = /[-.][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const rest = scope.slice(prefix.length, -'.scope'.length).replace(uuid, '');
  return rest.startsWith('hook.') ? { kind: 'hook', name: rest.slice('hook.'.length) } : { kind: 'app', name: rest };
}

async function* scopesIn(
  folder: string,
  depth: number,
): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  // A group may go while it is looked at.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((other) => other.isDirectory())) {
    const path = join(folder, entry.name);
    if (entry.name.endsWith('.scope')) yield { name: entry.name, path };
    else if (depth > 0) yield* scopesIn(path, depth - 1);
  }
}

async function pidsIn(group: string): Promise<number[]> {
  const text = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}
