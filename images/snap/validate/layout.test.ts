import t from 'tap';
import { complaintAbout, complaintOf, snapOf } from '../testing.ts';
import { validateSnap } from './validate.ts';

const good: readonly string[] = [
  '/usr: {bind: $SNAP/usr}',
  '/etc/x: {bind-file: $SNAP_DATA/x}',
  '/etc/x: {symlink: $SNAP_COMMON/x}',
  '/mnt/x: {type: tmpfs, mode: 1777}',
  '$SNAP/x: {bind: $SNAP_DATA/x}',
  '/snap/foo/1/x: {type: tmpfs}',
  '/usr/a: {bind: $SNAP/a}, /usr/ab: {bind: $SNAP/a}',
];
for (const layout of good) {
  t.test(`The layout ${layout} is good`, async (t) => {
    t.equal(complaintAbout(`layout: {${layout}}`), undefined);
  });
}

const pattern = 'contains a reserved apparmor char from ?*[]{}^"\0';

const bad: readonly [layout: string, complaint: string][] = [
  ['"": {type: tmpfs}', 'layout cannot use an empty path'],
  ['"/usr/*": {type: tmpfs}', `invalid layout path: "/usr/*" ${pattern}`],
  ['usr/x: {type: tmpfs}', 'layout "usr/x" is a relative filename'],
  ['x: {type: tmpfs}', 'layout "x" uses invalid mount point: must be absolute and clean'],
  ['/new/x: {type: tmpfs}', 'layout "/new/x" defines a new top-level directory "/new"'],
  ['/usr//x: {type: tmpfs}', 'layout "/usr//x" uses invalid mount point: must be absolute and clean'],
  ['/usr/$X: {type: tmpfs}', 'layout "/usr/$X" uses invalid mount point: reference to unknown variable "$X"'],
  ['/snap/bar: {type: tmpfs}', 'layout "/snap/bar" defines a layout in space belonging to another snap'],
  ['/var/lib/snapd: {type: tmpfs}', 'layout "/var/lib/snapd" in an off-limits area'],
  ['/lib/modules/x: {type: tmpfs}', 'layout "/lib/modules/x" in an off-limits area'],
  ['$SNAP_DATA/x: {type: tmpfs}', 'layout "$SNAP_DATA/x" in an off-limits area'],
  ['/usr/a: {type: tmpfs}, /usr/a/b: {type: tmpfs}', 'layout "/usr/a/b" underneath prior layout item "/usr/a"'],
  ['/usr/a/b: {type: tmpfs}, /usr/a: {symlink: $SNAP/x}', 'layout "/usr/a/b" underneath prior layout item "/usr/a"'],
  ['/usr/x: {}', 'layout "/usr/x" must define a bind mount, a filesystem mount or a symlink'],
  ['/usr/x: {type: tmpfs, bind: $SNAP/x}', 'layout "/usr/x" must define a bind mount, a filesystem mount or a symlink'],
  ['/usr/x: {type: ext4}', 'layout "/usr/x" uses invalid filesystem "ext4"'],
  [
    '/usr/x: {bind: /etc}',
    'layout "/usr/x" uses invalid bind mount source "/etc": must start with $SNAP, $SNAP_DATA or $SNAP_COMMON',
  ],
  [
    '/usr/x: {bind: $HOME/x}',
    'layout "/usr/x" uses invalid bind mount source "$HOME/x": reference to unknown variable "$HOME"',
  ],
  [
    '/usr/x: {bind-file: $SNAP/a/../b}',
    'layout "/usr/x" uses invalid bind mount source "/snap/foo/unset/a/../b": must be absolute and clean',
  ],
  ['/usr/x: {bind: "$SNAP/*"}', `layout "/usr/x" uses invalid mount source: "/snap/foo/unset/*" ${pattern}`],
  [
    '/usr/x: {symlink: /etc}',
    'layout "/usr/x" uses invalid symlink old name "/etc": must start with $SNAP, $SNAP_DATA or $SNAP_COMMON',
  ],
  [
    '/usr/x: {symlink: $SNAP/}',
    'layout "/usr/x" uses invalid symlink old name "/snap/foo/unset/": must be absolute and clean',
  ],
  ['/usr/x: {symlink: $X}', 'layout "/usr/x" uses invalid symlink old name "$X": reference to unknown variable "$X"'],
  ['/usr/x: {symlink: "$SNAP/?"}', `layout "/usr/x" uses invalid symlink: "/snap/foo/unset/?" ${pattern}`],
  ['/usr/x: {type: tmpfs, user: nobody}', 'layout "/usr/x" uses invalid user "nobody"'],
  ['/usr/x: {type: tmpfs, group: nobody}', 'layout "/usr/x" uses invalid group "nobody"'],
  ['/usr/x: {type: tmpfs, mode: 2755}', 'layout "/usr/x" uses invalid mode 02755'],
  [
    '/usr/a: {bind: $SNAP/x}, /usr/b: {bind-file: $SNAP/x}',
    'layout "/usr/b" refers to file "$SNAP/x" but another layout treats it as a directory',
  ],
  [
    '/usr/a: {bind-file: $SNAP/x}, /usr/b: {bind: $SNAP/x}',
    'layout "/usr/b" refers to directory "$SNAP/x" but another layout treats it as file',
  ],
];
for (const [layout, complaint] of bad) {
  t.test(`The layout ${layout} is refused`, async (t) => {
    t.equal(complaintAbout(`layout: {${layout}}`), `bad-layout: ${complaint}`);
  });
}

t.test('Messages name the revision where it is known', async (t) => {
  const snap = snapOf('layout: {/usr/x: {bind: $SNAP/}}');
  t.match(
    complaintOf(() => validateSnap(snap, 'x1')),
    '"/snap/foo/x1/"',
  );
});
