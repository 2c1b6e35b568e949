/** Who holds the connections: everybody may read, but nobody may keep root from the daemon by holding all of them. */
import type { Socket } from 'node:net';

/** Of all the server takes, those that others than root may hold together, and one of them alone. */
export interface GuestLimits {
  readonly together: number;
  readonly each: number;
}

/** Counts the connections of everybody but root. */
export class Guests {
  readonly #limits: GuestLimits;
  readonly #held = new Map<number | undefined, number>();

  constructor(limits: GuestLimits) {
    this.#limits = limits;
  }

  /** Takes a connection of `uid` (`undefined` where the kernel did not say) into account; closes it where it is too many. */
  admit(socket: Socket, uid: number | undefined): void {
    if (uid === 0) return;
    const own = this.#held.get(uid) ?? 0;
    const all = [...this.#held.values()].reduce((sum, count) => sum + count, 0);
    if (own >= this.#limits.each || all >= this.#limits.together) {
      socket.destroy();
      return;
    }
    this.#held.set(uid, own + 1);
    socket.once('close', () => {
      const left = (this.#held.get(uid) ?? 1) - 1;
      if (left === 0) this.#held.delete(uid);
      else this.#held.set(uid, left);
    });
  }
}
