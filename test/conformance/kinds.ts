/** The kinds of corpus that the runner knows: one line and one file each. */
import { boot16 } from './boot16.ts';
import { gadgets } from './gadgets.ts';
import type { Kind } from './kind.ts';
import { questions } from './questions.ts';
import { snapYamls } from './snapyamls.ts';
import { systemdUnits } from './systemdunits.ts';

export const KINDS: readonly Kind[] = [boot16, gadgets, questions, snapYamls, systemdUnits];
