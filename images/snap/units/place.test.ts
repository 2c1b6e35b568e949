import t from 'tap';
import {
  commandNameOf,
  escapePath,
  mountUnitOf,
  serviceUnitOf,
  socketUnitOf,
  timerUnitOf,
  unitFolderOf,
} from './place.ts';

t.test('A path is written as systemd has it in names of units', async (t) => {
  for (const [path, name] of [
    ['/', '-'],
    ['', '-'],
    ['/a/b', 'a-b'],
    ['//a//b/', 'a-b'],
    ['/a-b', 'a\\x2db'],
    ['/.a/.b', '\\x2ea-.b'],
    ['/a_b:c', 'a_b:c'],
    ['/a b+é', 'a\\x20b\\x2b\\xc3\\xa9'],
  ] as const)
    t.equal(escapePath(path), name, path);
});

t.test('Units and commands of an instance have names', async (t) => {
  const place = { instance: 'foo-bar_baz', revision: 'x1' };
  t.equal(mountUnitOf(place), 'snap-foo\\x2dbar_baz-x1.mount');
  t.equal(serviceUnitOf('foo_baz', 'svc'), 'snap.foo_baz.svc.service');
  t.equal(socketUnitOf('foo', 'svc', 's1'), 'snap.foo.svc.s1.socket');
  t.equal(timerUnitOf('foo', 'svc'), 'snap.foo.svc.timer');
  t.equal(commandNameOf(place, { name: 'app' }), 'foo-bar_baz.app');
  t.equal(commandNameOf(place, { name: 'foo-bar' }), 'foo-bar_baz', 'an app with the name of the snap');
  t.equal(unitFolderOf('system'), '/etc/systemd/system');
  t.equal(unitFolderOf('user'), '/etc/systemd/user');
});
