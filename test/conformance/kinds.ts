/** The kinds of corpus that the runner knows: one line and one file each. */
import { boot16 } from './boot16.ts';
import type { Kind } from './kind.ts';
import { names } from './names.ts';
import { snapYamls } from './snapyamls.ts';
import { systemdUnits } from './systemdunits.ts';

export const KINDS: readonly Kind[] = [boot16, names, snapYamls, systemdUnits];
