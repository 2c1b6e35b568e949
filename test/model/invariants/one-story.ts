/** Log and environment tell one story about how a trial ended. */
import { CANCELLED, CONFIRMED } from '../change.ts';
import type { Invariant } from '../checks.ts';
import { hasAll, tripleOfNames, wordsOf } from '../names.ts';
import { OUTCOMES } from '../state.ts';

export const oneStory: Invariant = {
  name: 'one-story',
  reason:
    'the log says "confirmed" of what the environment names good, "reverted" or "cancelled" of nothing that became so',
  decide({ d, model }, outcome) {
    const good = tripleOfNames(model.protocol.state(d).good);
    const isGood = hasAll(good, d.tried);
    if (isGood === (outcome === CONFIRMED)) return undefined;
    // What is cancelled may have become good in another way.
    if (outcome === CANCELLED && d.fellBack === 1) return undefined;
    return `the log says "${OUTCOMES[outcome]}" of ${wordsOf(d.tried)}, but ${wordsOf(good)} is good`;
  },
};
