/** Which request is answered how, and who may make it. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { isEmpty } from '../../bootloader/protocol/index.ts';
import type { Device } from '../device/device.ts';
import { isReady } from '../engine/model.ts';
import { statusOf } from '../engine/status.ts';
import { fileNameOf } from '../snaps/file-name.ts';
import { bootRoutes } from './boot-routes.ts';
import { confRoutes } from './conf.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { changeObject, snapObject, statusObject } from './objects.ts';
import type { Context, Request, Route } from './route.ts';
import { sideload } from './sideload.ts';

/** Of two that fit a path, the more exact one stands first. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/v2/system-info', access: 'open', answer: systemInfo },
  { method: 'GET', path: '/v2/snaps', access: 'open', answer: listSnaps },
  { method: 'POST', path: '/v2/snaps', access: 'root', answer: ({ device }, { message }) => sideload(device, message) },
  { method: 'GET', path: '/v2/snaps/*', access: 'open', answer: oneSnap },
  { method: 'GET', path: '/v2/changes', access: 'open', answer: listChanges },
  { method: 'GET', path: '/v2/changes/*', access: 'open', answer: oneChange },
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

async function listSnaps({ device }: Context, { query }: Request): Promise<Answer> {
  const snaps = await snapObjects(device);
  const wanted = (query.get('snaps') ?? '').split(',').filter((name) => name !== '');
  const isShown = (snap: { name: string; status: string }) =>
    (wanted.length === 0 || wanted.includes(snap.name)) && (query.get('select') === 'all' || snap.status === 'active');
  return { type: 'sync', result: snaps.filter(isShown), sources: ['local'] };
}

async function oneSnap({ device }: Context, { name }: Request): Promise<Answer> {
  const snap = (await snapObjects(device)).find(
    (candidate) => candidate.name === name && candidate.status === 'active',
  );
  if (snap === undefined)
    throw new Refusal(404, `snap not installed: ${name}`, { kind: 'snap-not-found', value: name });
  return { type: 'sync', result: snap };
}

async function snapObjects(device: Device) {
  const active = await activeFiles(device);
  return device.parts.inventory.list().map((snap) => snapObject(snap, active.has(snap.file)));
}

/** What runs: the boot set by the kernel's word (without one, the good set), other snaps by their link. */
async function activeFiles(device: Device): Promise<ReadonlySet<string>> {
  const { ran } = device.parts.facts.booted;
  const set = isEmpty(ran) ? (await device.bootState()).good : ran;
  const { currentLinks } = device.parts.world.layout;
  const names = await readdir(currentLinks).catch(() => []);
  const linked = await Promise.all(
    names.map(async (name) => {
      const revision = await readlink(join(currentLinks, name, 'current')).catch(() => undefined);
      return revision === undefined ? [] : [fileNameOf({ name, revision })];
    }),
  );
  return new Set([...Object.values(set), ...linked.flat()]);
}

async function listChanges({ device }: Context, { query }: Request): Promise<Answer> {
  const select = query.get('select') ?? 'in-progress';
  if (!['in-progress', 'ready', 'all'].includes(select)) {
    throw new Refusal(400, 'select should be one of: all,in-progress,ready');
  }
  const wanted = query.get('for');
  const changes = device.parts.changes.list().filter((change) => {
    const ready = isReady(statusOf(change));
    const isSelected = select === 'all' || ready === (select === 'ready');
    return isSelected && (wanted === null || change.data['snap-name'] === wanted);
  });
  return { type: 'sync', result: changes.map(changeObject) };
}

async function oneChange({ device }: Context, { name }: Request): Promise<Answer> {
  const change = /^[1-9]\d{0,14}$/.test(name) ? device.parts.changes.get(Number(name)) : undefined;
  if (change === undefined) throw new Refusal(404, `cannot find change with id ${JSON.stringify(name)}`);
  return { type: 'sync', result: changeObject(change) };
}
