/** The daemon is killed inside the tasks of changes of apps; install and refresh: power-cut.test.ts and test/crash. */
import t from 'tap';
import { survivesKills } from '../fixture-killed.ts';
import { appScenes } from '../fixture-scenes.ts';

const titles = [
  ...['holding of an app', 'end of a hold of all snaps'],
  ...['switching of an app', 'switching of an app that is at its newest revision'],
  ...['disabling of an app', 'enabling of an app', 'revert of an app'],
];

for (const title of titles) {
  const scene = appScenes.find((one) => one.title === title);
  t.test(title, async (t) => (scene === undefined ? t.fail('no such scene') : survivesKills(t, scene)));
}
