/** The control line to the dead man, which alone holds the watchdog on a trial boot (`bootloader/initramfs`). */
import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import type { Layout } from './layout.ts';

export type DeadManOrder =
  /** Be quiet until so many seconds from now; never more than twice the first deadline. */
  | { readonly kind: 'extend'; readonly seconds: number }
  /** Leave, with the watchdog running: whoever comes next must feed it. */
  | { readonly kind: 'handover' }
  /** Reset the machine now. */
  | { readonly kind: 'reset' };

/**
 * Gives an order. False where no dead man listens: this boot is no trial, or it has left already.
 * Opened without waiting, as a FIFO that nobody reads would hold the caller for ever.
 */
export async function orderDeadMan(layout: Layout, order: DeadManOrder): Promise<boolean> {
  const line = order.kind === 'extend' ? `extend ${Math.max(1, Math.floor(order.seconds))}\n` : `${order.kind}\n`;
  try {
    const fifo = await open(layout.deadManControl, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      await fifo.write(line);
    } finally {
      await fifo.close();
    }
    return true;
  } catch {
    return false;
  }
}

/** True while the dead man's process exists. */
export async function deadManLives(layout: Layout): Promise<boolean> {
  try {
    const pid = (await readFile(layout.deadManPid, 'utf8')).trim();
    if (!/^[1-9]\d{0,9}$/.test(pid)) return false;
    await access(`${layout.root}/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}
