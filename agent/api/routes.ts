/** Which request is answered how, and who may make it. */
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { aliasRoutes } from './alias-routes.ts';
import { bootRoutes } from './boot-routes.ts';
import { changeRoutes } from './change-routes.ts';
import { confRoutes } from './conf.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { statusObject } from './objects.ts';
import type { Context, Route } from './route.ts';
import { snapRoutes } from './snap-routes.ts';
import { snapshotRoutes } from './snapshot-routes.ts';

/** Of two that fit a path, the more exact one stands first. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/v2/system-info', access: 'open', answer: systemInfo },
  ...snapRoutes,
  ...snapshotRoutes,
  ...aliasRoutes,
  ...changeRoutes,
  {
    method: 'GET',
    path: '/v2/holdfast/status',
    access: 'open',
    answer: async (context) => ({ type: 'sync', result: await statusObject(context) }),
  },
  ...bootRoutes,
  ...confRoutes,
];

/** The routes of a path, whatever their method, and what stands for their `*`. */
export function routesOf(path: string): readonly { readonly route: Route; readonly name: string }[] {
  const segments = path.split('/');
  return routes.flatMap((route) => {
    const wanted = route.path.split('/');
    const fits =
      wanted.length === segments.length &&
      wanted.every((word, at) => (word === '*' ? segments[at] !== '' : word === segments[at]));
    return fits ? [{ route, name: decoded(segments[wanted.indexOf('*')] ?? '') }] : [];
  });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, 'cannot understand the path of the request');
  }
}

async function systemInfo({ device, version }: Context): Promise<Answer> {
  const { layout, architecture } = device.parts.world;
  return {
    type: 'sync',
    result: {
      series: '16',
      version,
      'os-release': await osRelease(join(layout.root, 'etc/os-release')),
      'on-classic': false,
      managed: false,
      'kernel-version': release(),
      architecture,
      locations: { 'snap-mount-dir': '/snap', 'snap-bin-dir': '/snap/bin' },
      refresh: {},
      confinement: 'partial',
      'sandbox-features': {},
      'system-mode': 'run',
      holdfast: { version },
    },
  };
}

async function osRelease(path: string) {
  const text = await readFile(path, 'utf8').catch(() => '');
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1];
  const versionId = value('VERSION_ID');
  return { id: value('ID') ?? 'linux', ...(versionId === undefined ? {} : { 'version-id': versionId }) };
}
