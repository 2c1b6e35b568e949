/** Everything that has to hold, in the order in which it is asked. */
import type { Invariant } from '../checks.ts';
import { armedClean } from './armed-clean.ts';
import { atRest } from './at-rest.ts';
import { attempts } from './attempts.ts';
import { complete } from './complete.ts';
import { namedStays } from './named-stays.ts';
import { noLoop } from './no-loop.ts';
import { oneStory } from './one-story.ts';
import { placeLeft } from './place-left.ts';
import { proven } from './proven.ts';
import { twoBoots } from './two-boots.ts';
import { wayBack } from './way-back.ts';

export const invariants: readonly Invariant[] = [
  complete,
  attempts,
  armedClean,
  namedStays,
  proven,
  wayBack,
  placeLeft,
  oneStory,
  atRest,
  noLoop,
  twoBoots,
];
