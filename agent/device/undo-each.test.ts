/** On a whole device: a failure right after any task of any change about apps leaves everything as it was. */
import t from 'tap';
import { appScenes } from '../fixture-scenes.ts';
import { undoesEach } from '../fixture-undo.ts';

for (const scene of appScenes) t.test(scene.title, (t) => undoesEach(t, scene));
