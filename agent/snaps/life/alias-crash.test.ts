/** The same for what a person does about aliases, at each write. */
import t from 'tap';
import { survivesKills } from './testing-crash.ts';

survivesKills(t, { alias: 1, unalias: 1, 'unalias of a snap': 1, prefer: 1 });
