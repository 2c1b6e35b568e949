/** What is known about the time besides the clock. */
import { stat } from 'node:fs/promises';
import type { Layout } from '../../layout.ts';

/** systemd-timesyncd.service(8), "Files", and the day the base was built. */
export async function knownTime(layout: Pick<Layout, 'timeSynchronized' | 'knownTimes'>) {
  const synchronized = (await modified(layout.timeSynchronized)) > 0;
  const times = await Promise.all(layout.knownTimes.map(modified));
  return { synchronized, knownMs: Math.max(...times) };
}

async function modified(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
