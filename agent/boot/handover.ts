/**
 * Hands the watchdog from the dead man to systemd, once a trial is confirmed. Nothing disarms it on the way: the dead man
 * leaves without the closing letter, and systemd has the watchdog's own timeout to take over.
 */
import { deadManLives, orderDeadMan } from './dead-man.ts';
import type { Layout } from './layout.ts';

/** What systemd feeds the watchdog with from then on, seconds. */
export const watchdogSeconds = 30;

export interface HandoverWorld {
  readonly layout: Layout;
  /** Sets systemd's RuntimeWatchdogUSec; rejects where systemd cannot be reached or refuses. */
  setWatchdog(seconds: number): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
}

const leaveTries = 50;
const leaveMillis = 100;
const setTries = 5;
const setMillis = 1000;

/**
 * Does it, and says what came of it. Idempotent: called at each start-up of a boot whose trial is confirmed, it finishes
 * a handover that was cut short. Where it fails the machine resets by the watchdog and boots what was just confirmed.
 */
export async function handOverWatchdog(world: HandoverWorld): Promise<'done' | 'no-dead-man' | 'failed'> {
  const told = await orderDeadMan(world.layout, { kind: 'handover' });
  // The device can be opened once only: systemd gets it when the dead man is gone.
  for (let attempt = 0; attempt < leaveTries && (await deadManLives(world.layout)); attempt++) {
    await world.sleep(leaveMillis);
  }
  for (let attempt = 0; attempt < setTries; attempt++) {
    try {
      await world.setWatchdog(watchdogSeconds);
      return told ? 'done' : 'no-dead-man';
    } catch {
      await world.sleep(setMillis);
    }
  }
  return 'failed';
}
