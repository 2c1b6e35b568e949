/** Hashing beside the main thread: what comes is hashed, each batch is acknowledged, and `end` asks for the digest. */
import { createHash } from 'node:crypto';
import type { Talk } from './worker-talk.ts';

export type HashSaid = readonly Uint8Array[] | 'end';

export async function hashSession(talk: Talk): Promise<void> {
  const hash = createHash('sha256');
  for (;;) {
    const said = (await talk.hear()) as HashSaid;
    if (said === 'end') break;
    for (const piece of said) hash.update(piece);
    talk.say('taken');
  }
  talk.say(hash.digest('hex'));
}
