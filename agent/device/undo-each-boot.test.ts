/** On a whole device: a failure right after any task of a change of what boots, before its reboot and after, leaves everything as it was. */
import t from 'tap';
import { bootScenes } from '../fixture-scenes.ts';
import { undoesEach } from '../fixture-undo.ts';

for (const scene of bootScenes) t.test(scene.title, (t) => undoesEach(t, scene));
