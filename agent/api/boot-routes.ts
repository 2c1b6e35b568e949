/** `/v2/holdfast/boot*` and `/v2/holdfast/timeline`: what each boot was, why it ended, and a person's word on this one. */
import { bootToExplain } from '../boot/journal/why.ts';
import type { PersonVerdict } from './boot-desk.ts';
import { bootObject, explainedBoot } from './boot-objects.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import { type JsonObject, readJsonObject } from './json-body.ts';
import type { Context, Request, Route } from './route.ts';

export const bootRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/holdfast/boots', access: 'open', answer: listBoots },
  { method: 'GET', path: '/v2/holdfast/boots/why', access: 'open', answer: why },
  { method: 'GET', path: '/v2/holdfast/boots/*', access: 'open', answer: oneBoot },
  { method: 'GET', path: '/v2/holdfast/timeline', access: 'open', answer: timeline },
  { method: 'POST', path: '/v2/holdfast/boot', access: 'root', answer: act },
];

const usualLimit = 20;
const maxLimit = 1000;
/** Characters; a verdict's reason has to fit into its place in the ring beside the evidence. */
const maxReason = 300;

async function listBoots({ boots }: Context, { query }: Request): Promise<Answer> {
  const wanted = query.get('limit') ?? String(usualLimit);
  const limit = /^\d{1,9}$/.test(wanted) ? Number(wanted) : 0;
  if (limit < 1 || limit > maxLimit) {
    throw new Refusal(400, `limit should be a number from 1 to ${maxLimit}, not ${JSON.stringify(wanted)}`);
  }
  return { type: 'sync', result: boots.list(limit).map(bootObject) };
}

async function oneBoot({ boots }: Context, { name }: Request): Promise<Answer> {
  return { type: 'sync', result: explainedBoot(known(boots, name)) };
}

/** Without a number, the boot that a person most likely asks about. */
async function why({ boots }: Context, { query }: Request): Promise<Answer> {
  const number = query.get('boot');
  if (number !== null) return { type: 'sync', result: explainedBoot(known(boots, number)) };
  const record = bootToExplain(boots.list());
  if (record === undefined) throw new Refusal(404, 'no boot has been recorded yet');
  return { type: 'sync', result: explainedBoot(record) };
}

function known(boots: Context['boots'], number: string) {
  const record = /^[1-9]\d{0,14}$/.test(number) ? boots.get(Number(number)) : undefined;
  if (record === undefined) throw new Refusal(404, `cannot find boot with number ${JSON.stringify(number)}`);
  return record;
}

async function timeline({ boots }: Context, { query }: Request): Promise<Answer> {
  const format = query.get('format') ?? 'text';
  if (format !== 'text' && format !== 'html') throw new Refusal(400, 'format should be one of: html,text');
  return { type: 'sync', result: { format, content: boots.timeline(format) } };
}

async function act({ boots }: Context, { message }: Request): Promise<Answer> {
  const body = await readJsonObject(message, 'a boot action');
  const { action } = body;
  switch (action) {
    case 'confirm':
    case 'reject': {
      onlyKeys(body, ['action', 'reason']);
      const verdict: PersonVerdict = { kind: action === 'confirm' ? 'good' : 'bad', reason: reasonOf(body) };
      await boots.giveVerdict(verdict);
      return { type: 'sync', result: { verdict: verdict.kind, reason: verdict.reason } };
    }
    case 'verify':
      onlyKeys(body, ['action']);
      return { type: 'sync', result: await boots.verify() };
    default:
      throw new Refusal(400, `action should be one of: confirm,reject,verify`);
  }
}

function onlyKeys(body: JsonObject, keys: readonly string[]): void {
  const other = Object.keys(body).find((key) => !keys.includes(key));
  if (other !== undefined) {
    throw new Refusal(400, `cannot ${String(body['action'])}: unknown field ${JSON.stringify(other.slice(0, 80))}`);
  }
}

/** The journal is read line by line, so a reason is one line of printable text. */
function reasonOf({ reason = '' }: JsonObject): string {
  if (typeof reason !== 'string') throw new Refusal(400, 'the reason should be a text');
  if (reason.length > maxReason) throw new Refusal(400, `the reason is longer than ${maxReason} characters`);
  if (/\p{C}/u.test(reason)) throw new Refusal(400, 'the reason should be one line, without control characters');
  return reason.trim();
}
