/** `/v2/snapshots`: saved snapshots, and what is to become of them (`rest-api.md` §4.1). Texts are snapd's. */
import type { SavedRequest } from '../device/plan-saved.ts';
import { begun } from './begun.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { fieldsOf, namesIn } from './fields.ts';
import { type JsonObject, readJsonObject } from './json-body.ts';
import type { Context, Request, Route } from './route.ts';

export const snapshotRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/snapshots', access: 'open', answer: listSets },
  { method: 'POST', path: '/v2/snapshots', access: 'root', answer: postSnapshots },
  { method: 'GET', path: '/v2/snapshots/*/export', access: 'root', answer: exportSet },
];

/** Of streams of exported snapshots. */
const exportType = 'application/x.snapd.snapshot';

async function listSets({ snaps }: Context, { query }: Request): Promise<Answer> {
  const set = query.get('set') ?? '';
  const number = set === '' ? undefined : numberIn(set, "'set', if given,");
  const filter = number === undefined ? {} : { set: number };
  return { type: 'sync', result: await snaps.snapshots({ ...filter, snaps: namesIn(query, 'snaps') }) };
}

/** @throws Refusal 400 */
function numberIn(text: string, what: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new Refusal(400, `${what} must be a positive base 10 number; got ${JSON.stringify(text)}`);
}

async function postSnapshots(context: Context, { message, query }: Request): Promise<Answer> {
  if (message.headers['content-type'] === exportType) return importSet(context, message);
  return begun(context, query, setRequestIn(await readJsonObject(message, 'snapshot operation')));
}

function setRequestIn(body: JsonObject): SavedRequest {
  const fields = fieldsOf(body, 'snapshot operation');
  const set = fields.textOrNumber('set');
  const action = fields.text('action');
  if (set === '' || set === '0') throw new Refusal(400, 'snapshot operation requires snapshot set ID');
  if (action === '') throw new Refusal(400, 'snapshot operation requires action');
  if (action !== 'check' && action !== 'restore' && action !== 'forget') {
    throw new Refusal(400, `unknown snapshot operation ${JSON.stringify(action)}`);
  }
  return { action, set: numberIn(set, "'set'"), snaps: fields.texts('snaps'), users: fields.texts('users') };
}

async function importSet({ snaps }: Context, message: Request['message']): Promise<Answer> {
  // A stream that breaks off must not be taken for one that is over.
  if (!/^\d+$/.test(message.headers['content-length'] ?? '')) {
    throw new Refusal(400, 'cannot parse Content-Length: it is missing');
  }
  const { set, snaps: names } = await snaps.importSnapshots(message.iterator({ destroyOnReturn: false }));
  return { type: 'sync', result: { 'set-id': set, snaps: names } };
}

async function exportSet({ snaps }: Context, { name }: Request): Promise<Answer> {
  const exported = await snaps.exportSnapshots(numberIn(name, "'id'"));
  return { type: 'stream', contentType: exportType, content: exported };
}
