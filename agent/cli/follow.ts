/** Follows a change until it is over or the device reboots for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, asList, asObject, type Client } from './client.ts';
import { CommandError } from './error.ts';

export type FollowEnd = { readonly kind: 'done' } | { readonly kind: 'reboot' };

const pollMillis = 200;

/**
 * Polls change `id` and passes each new line of news to `say`. A progress line (`redraw`) replaces the one before it.
 * @throws CommandError `failed` where the change ends in an error; `unreachable` when the daemon goes away
 */
export async function follow(
  client: Client,
  id: string,
  say: (line: string) => void,
  redraw: (line: string) => void,
): Promise<FollowEnd> {
  const said = new Set<string>();
  // Bounded by the change itself: it ends, the device reboots, or the daemon stops answering.
  for (;;) {
    const answer = await client.get(`/v2/changes/${encodeURIComponent(id)}`);
    const change = asObject(answer.result);
    // Where there is nothing to do, the summary says so, and all else is silent.
    const { summary: whole, tasks } = change;
    if (typeof whole === 'string' && asList(tasks).length === 0 && !said.has(whole)) {
      said.add(whole);
      say(whole);
    }
    // All that have begun since the last look: quick ones are over by then.
    const begun = asList(change['tasks']).filter((task) => task['status'] !== 'Do' && task['status'] !== 'Hold');
    for (const { summary } of begun) {
      if (!said.has(String(summary))) say(String(summary));
      said.add(String(summary));
    }
    const last = begun.at(-1);
    const { done, total } = asObject(last?.['progress']);
    if (Number(total) > 1) redraw(`${String(last?.['summary'])} ${Math.floor((100 * Number(done)) / Number(total))}%`);
    const end = endOf(change, answer);
    if (end !== undefined) return end;
    await sleep(pollMillis);
  }
}

function endOf(change: Readonly<Record<string, unknown>>, answer: Answer): FollowEnd | undefined {
  if (change['ready'] === true) {
    if (change['status'] === 'Done') return { kind: 'done' };
    const why = change['err'] ?? `change finished in status "${String(change['status'])}" with no error message`;
    throw new CommandError('failed', String(why));
  }
  return answer.maintenance === 'system-restart' ? { kind: 'reboot' } : undefined;
}
