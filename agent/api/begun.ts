/** Starts what is asked for, or with `?plan=json|text` says what that would do, and does nothing. */
import type { SnapRequest } from '../device/request.ts';
import { describePlan } from '../snaps/plan/describe.ts';
import { planText } from '../snaps/plan/describe-text.ts';
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
    const { id } = await snaps.request(request);
    return { type: 'async', change: String(id) };
  }
  const description = describePlan(await snaps.plan(request));
  return { type: 'sync', result: format === 'json' ? description : { format, content: planText(description) } };
}
