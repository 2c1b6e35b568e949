/** `/v2/snaps`, `/v2/apps` and `/v2/find`: what is installed, and what is to become of it (`rest-api.md` §4.1). */
import type { SnapView } from '../device/snap-view.ts';
import type { AppObject } from './app-objects.ts';
import { begun } from './begun.ts';
import { mediaOf } from './content-type.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { namesIn } from './fields.ts';
import { readInstruction } from './instruction.ts';
import { readJsonObject } from './json-body.ts';
import type { Context, Request, Route } from './route.ts';
import { sideload } from './sideload.ts';
import { type Asked, askedOfMany, askedOfOne, withoutStore } from './snap-actions.ts';
import { type Select, type Surroundings, snapObjects } from './snap-objects.ts';

export const snapRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/snaps', access: 'open', answer: listSnaps },
  { method: 'POST', path: '/v2/snaps', access: 'root', answer: postSnaps },
  { method: 'GET', path: '/v2/snaps/*', access: 'open', answer: oneSnap },
  { method: 'POST', path: '/v2/snaps/*', access: 'root', answer: postSnap },
  { method: 'GET', path: '/v2/apps', access: 'open', answer: listApps },
  { method: 'GET', path: '/v2/find', access: 'open', answer: find },
];

const selects: Readonly<Record<string, Select>> = {
  '': 'current',
  all: 'all',
  enabled: 'enabled',
  'refresh-inhibited': 'refresh-inhibited',
};

async function listSnaps({ snaps }: Context, { query }: Request): Promise<Answer> {
  const asked = query.get('select') ?? '';
  const select = Object.hasOwn(selects, asked) ? selects[asked] : undefined;
  if (select === undefined) throw new Refusal(400, `invalid select parameter: ${JSON.stringify(asked)}`);
  const result = await objectsOf(snaps, namesIn(query, 'snaps'), select);
  return { type: 'sync', result, sources: ['local'] };
}

async function oneSnap({ snaps }: Context, { name }: Request): Promise<Answer> {
  const [result] = await objectsOf(snaps, [name], 'current');
  if (result === undefined) {
    throw new Refusal(404, `snap not installed: ${name}`, { kind: 'snap-not-found', value: name });
  }
  return { type: 'sync', result };
}

async function objectsOf(desk: Context['snaps'], names: readonly string[], select: Select) {
  const [views, around] = await Promise.all([desk.snaps(names), surroundings(desk)]);
  return snapObjects(views, select, around);
}

async function surroundings(desk: Context['snaps']): Promise<Surroundings> {
  const [running, units] = await Promise.all([desk.running(), desk.units()]);
  return { running, units, holds: desk.holds() };
}

/** A form is an upload, JSON an action; nothing is guessed. */
async function postSnaps(context: Context, request: Request): Promise<Answer> {
  const type = request.message.headers['content-type'];
  const media = mediaOf(type);
  if (media === 'multipart') return sideload(context, request);
  const body = await readJsonObject(request.message, 'snap instruction');
  return answerTo(context, request, askedOfMany(readInstruction(body)));
}

async function postSnap(context: Context, request: Request): Promise<Answer> {
  const body = await readJsonObject(request.message, 'snap instruction');
  return answerTo(context, request, askedOfOne(request.name, readInstruction(body, [request.name])));
}

async function answerTo(context: Context, { query }: Request, asked: Asked): Promise<Answer> {
  if (asked.action !== 'install-from-store') return begun(context, query, asked);
  const views = await context.snaps.snaps(asked.names);
  const installed = views.map(({ record }) => record.instance);
  throw withoutStore(asked.names, installed);
}

async function listApps({ snaps }: Context, { query }: Request): Promise<Answer> {
  const select = query.get('select') ?? '';
  if (select !== '' && select !== 'service') {
    throw new Refusal(400, `invalid select parameter: ${JSON.stringify(select)}`);
  }
  const names = namesIn(query, 'names');
  const instances = [...new Set(names.map((name) => name.split('.')[0] ?? ''))];
  const [views, around] = await Promise.all([snaps.snaps(instances), surroundings(snaps)]);
  const services = select === 'service';
  const result = names.length === 0 ? appsOf(views, around, services) : named(names, views, around, services);
  return { type: 'sync', result };
}

function appsOf(views: readonly SnapView[], around: Surroundings, services: boolean): AppObject[] {
  const apps = snapObjects(views, 'current', around).flatMap((snap) => snap.apps ?? []);
  return apps.filter((app) => !services || 'daemon' in app);
}

/** @throws Refusal 404 for a name that is neither a snap's nor an app's */
function named(names: readonly string[], views: readonly SnapView[], around: Surroundings, services: boolean) {
  const kind = services ? 'service' : 'app';
  const found = names.flatMap((name) => {
    const [snap = '', app] = name.split('.');
    const view = views.find(({ record }) => record.instance === snap);
    if (view === undefined) {
      throw new Refusal(404, `snap ${JSON.stringify(snap)} not found`, { kind: 'snap-not-found', value: snap });
    }
    const apps = appsOf([view], around, services).filter((candidate) => app === undefined || candidate.name === app);
    if (apps.length > 0) return apps;
    const lack = app === undefined ? `no ${kind}s` : `no ${kind} ${JSON.stringify(app)}`;
    throw new Refusal(404, `snap ${JSON.stringify(snap)} has ${lack}`, { kind: 'app-not-found', value: name });
  });
  return [...new Map(found.map((app) => [`${app.snap}.${app.name}`, app])).values()];
}

/** Asked what could be refreshed, the honest answer is a list; asked for snaps to install, it is none. */
async function find(_: Context, { query }: Request): Promise<Answer> {
  if (query.get('select') === 'refresh') return { type: 'sync', result: [], sources: [] };
  const name = query.get('name');
  if (name !== null) {
    const text = `snap ${JSON.stringify(name)} not found: this device has no store`;
    throw new Refusal(404, text, { kind: 'snap-not-found', value: name });
  }
  throw new Refusal(400, 'cannot search for snaps: this device has no store');
}
