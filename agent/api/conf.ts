/** The configuration of the system as `snap get` and `snap set` ask for it: the `conf` of a snap (`rest-api.md` §4). */
import { type ConfigValue, lookUp } from '../device/config-document.ts';
import { systemSnap } from '../device/configure.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { readJsonObject } from './json-body.ts';
import type { Context, Request, Route } from './route.ts';

export const confRoutes: readonly Route[] = [
  // As snapd: who may read the configuration of a snap may read its secrets.
  { method: 'GET', path: '/v2/snaps/*/conf', access: 'root', answer: getConf },
  { method: 'PUT', path: '/v2/snaps/*/conf', access: 'root', answer: putConf },
];

/** `system` and `core` are one. */
function snapOf(name: string): string {
  return name === 'system' ? systemSnap : name;
}

async function getConf({ device }: Context, { name, query }: Request): Promise<Answer> {
  const snap = snapOf(name);
  const document = device.parts.configuration.config.read(snap);
  const keys = (query.get('keys') ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  if (keys.length === 0) return { type: 'sync', result: document };
  const result: [string, ConfigValue][] = keys.map((key) => {
    const value = lookUp(document, key);
    if (value === undefined) throw noOption(snap, key);
    return [key, value];
  });
  return { type: 'sync', result: Object.fromEntries(result) };
}

function noOption(snap: string, key: string): Refusal {
  return new Refusal(400, `snap ${JSON.stringify(snap)} has no ${JSON.stringify(key)} configuration option`, {
    kind: 'option-not-found',
    value: { SnapName: snap, Key: key },
  });
}

async function putConf({ device }: Context, { name, message }: Request): Promise<Answer> {
  const patch = await readJsonObject(message, 'patch values');
  if (snapOf(name) !== systemSnap) throw notConfigurable(device, name);
  const change = await device.configure(patch);
  return { type: 'async', change: String(change.id) };
}

function notConfigurable(device: Context['device'], name: string): Refusal {
  const shown = JSON.stringify(name);
  return device.parts.inventory.list().some((snap) => snap.name === name)
    ? new Refusal(400, `snap ${shown} has no "configure" hook`)
    : new Refusal(404, `snap ${shown} is not installed`, { kind: 'snap-not-found', value: name });
}
