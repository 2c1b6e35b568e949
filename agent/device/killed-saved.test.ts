/** The daemon is killed inside the tasks of saving and restoring an app, and of removing it, which saves it first. */
import t from 'tap';
import { survivesKills } from '../fixture-killed.ts';
import { appScenes, demo, type Scene } from '../fixture-scenes.ts';

const saved: Scene = {
  title: 'saving of an app',
  async before(stage) {
    await stage.must(await stage.installing(demo('1')));
    await stage.write('var/snap/demo/x1/file', 'data');
    await stage.write('var/snap/demo/common/file', 'common data');
    await stage.write('home/me/snap/demo/common/file', 'mine');
  },
  request: async () => ({ action: 'save', names: ['demo'] }),
};

const restored: Scene = {
  title: 'restoring of an app',
  async before(stage) {
    await saved.before(stage);
    await stage.must(await saved.request(stage));
    await stage.write('var/snap/demo/x1/file', 'other data');
    await stage.write('home/me/snap/demo/common/new', 'new');
  },
  request: async () => ({ action: 'restore', set: 1 }),
};

const removals = appScenes.filter(({ title }) => title.startsWith('removal'));

for (const scene of [saved, restored, ...removals]) t.test(scene.title, (t) => survivesKills(t, scene));
