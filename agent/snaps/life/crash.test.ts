/** The daemon may be killed at any durable write of any change, and goes on when it starts again: forwards and backwards. */
import t from 'tap';
import { survivesKills } from './testing-crash.ts';

survivesKills(t, { install: 5, 'refresh that drops a revision': 11, remove: 7, enable: 5, disable: 3 });
