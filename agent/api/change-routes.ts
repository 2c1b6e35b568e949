/** `/v2/changes`: what was asked of this device, how far it is, and giving it up. */
import { isReady } from '../engine/model.ts';
import { statusOf } from '../engine/status.ts';
import { changeObject, snapNamesOf } from './change-object.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { readJsonObject } from './json-body.ts';
import type { Context, Request, Route } from './route.ts';

export const changeRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/changes', access: 'open', answer: listChanges },
  { method: 'GET', path: '/v2/changes/*', access: 'open', answer: oneChange },
  { method: 'POST', path: '/v2/changes/*', access: 'root', answer: postChange },
];

async function listChanges({ device }: Context, { query }: Request): Promise<Answer> {
  const select = query.get('select') ?? 'in-progress';
  if (!['in-progress', 'ready', 'all'].includes(select)) {
    throw new Refusal(400, 'select should be one of: all,in-progress,ready');
  }
  const wanted = query.get('for') ?? '';
  const changes = device.parts.changes.list().filter((change) => {
    const ready = isReady(statusOf(change));
    const isSelected = select === 'all' || ready === (select === 'ready');
    return isSelected && (wanted === '' || snapNamesOf(change).includes(wanted));
  });
  return { type: 'sync', result: changes.map(changeObject) };
}

async function oneChange({ device }: Context, { name }: Request): Promise<Answer> {
  return { type: 'sync', result: changeObject(known(device, name)) };
}

async function postChange({ device, snaps }: Context, { name, message }: Request): Promise<Answer> {
  const change = known(device, name);
  const { action } = await readJsonObject(message, 'change action');
  if (action !== 'abort') throw new Refusal(400, `change action ${JSON.stringify(action ?? '')} is unsupported`);
  if (isReady(statusOf(change))) throw new Refusal(400, `cannot abort change ${name} with nothing pending`);
  return { type: 'sync', result: changeObject(await snaps.abort(change.id)) };
}

function known({ parts }: Context['device'], id: string) {
  const change = /^[1-9]\d{0,14}$/.test(id) ? parts.changes.get(Number(id)) : undefined;
  if (change === undefined) throw new Refusal(404, `cannot find change with id ${JSON.stringify(id)}`);
  return change;
}
