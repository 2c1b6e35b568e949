import t from 'tap';
import { cleanPath, isCleanSubPath, patternIn } from './path.ts';
import { expandVariables, unknownVariable } from './variables.ts';

t.test('A path is cleaned as Go does', async (t) => {
  for (const [path, clean] of [
    ['', '.'],
    ['/', '/'],
    ['a/', 'a'],
    ['/a//b/./c/../d/', '/a/b/d'],
    ['../a', '../a'],
    ['/..', '/'],
    ['$SNAP/', '$SNAP'],
  ] as const)
    t.equal(cleanPath(path), clean, path);
});

t.test('A clean path does not lead out', async (t) => {
  for (const path of ['a', '/a/b', '$SNAP/x', '..a']) t.ok(isCleanSubPath(path), path);
  for (const path of ['..', '../a', 'a/', 'a//b', './a']) t.notOk(isCleanSubPath(path), path);
});

t.test('What AppArmor reads as a pattern is seen', async (t) => {
  t.equal(patternIn('/a/b-c_d.e'), undefined);
  for (const path of ['?', '*', '[', ']', '{', '}', '^', '"', '\0']) t.ok(patternIn(`/a${path}`), path);
  t.equal(patternIn('/a*', '?'), undefined);
});

t.test('Variables', async (t) => {
  t.equal(unknownVariable('$SNAP/$SNAP_DATA/$SNAP_COMMON/x'), undefined);
  t.equal(unknownVariable('/x'), undefined);
  t.equal(unknownVariable('/a/$HOME/$OTHER'), '$HOME');
  t.equal(unknownVariable('/a/$'), '$');
  t.equal(unknownVariable('$SNAP2'), undefined, 'a digit ends a name');
  const expand = (path: string) => expandVariables(path, 'foo', '7');
  t.equal(expand('$SNAP/x'), '/snap/foo/7/x');
  t.equal(expand('$SNAP_DATA'), '/var/snap/foo/7');
  t.equal(expand(`\${SNAP_COMMON}/x`), '/var/snap/foo/common/x');
  t.equal(expand('/$OTHER/x'), '//x');
  t.equal(expand('$/x'), '$/x');
});
