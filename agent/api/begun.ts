/** Starts what is asked for, or with `?plan=json|text` says what that would do, and does nothing. */

import { holdWords } from '../device/hold.ts';
import type { SnapRequest } from '../device/request.ts';
import { describePlan } from '../snaps/plan/describe.ts';
import { planText } from '../snaps/plan/describe-text.ts';
import { setKey } from '../snaps/saved/set-conflict.ts';
import { savedWords } from '../snaps/saved/words.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './failure.ts';
import type { Context } from './route.ts';

/** @throws Refusal 400 */
export function planFormat(query: URLSearchParams): 'json' | 'text' | undefined {
  const format = query.get('plan');
  if (format === null) return undefined;
  if (format === 'json' || format === 'text') return format;
  throw new Refusal(400, 'plan should be one of: json,text');
}

export async function begun({ snaps }: Context, query: URLSearchParams, request: SnapRequest): Promise<Answer> {
  const format = planFormat(query);
  if (format === undefined) {
    const { id, tasks } = await snaps.request(request);
    const set = request.action === 'save' ? { result: { 'set-id': tasks[0]?.data[setKey] } } : {};
    return { type: 'async', change: String(id), ...set };
  }
  const description = describePlan(await snaps.plan(request), { ...savedWords, ...holdWords });
  return { type: 'sync', result: format === 'json' ? description : { format, content: planText(description) } };
}
