import { SnapError } from '../error.ts';
import type { Layout, SnapInfo } from '../model.ts';
import { cleanPath, patternIn } from '../path.ts';
import { quote } from '../quote.ts';
import { expandVariables, unknownVariable } from '../variables.ts';

/** Nothing there or below may look different to a snap. */
const OFF_LIMITS = [
  '/dev',
  '/proc',
  '/sys',
  '/media',
  '/run',
  '/var/run',
  '/tmp',
  '/var/lib/snapd',
  '/lib/firmware',
  '/usr/lib/firmware',
  '/lib/modules',
  '/usr/lib/modules',
  '/var/snap',
  '/home',
  '/boot',
  '/lost+found',
];

/** What every base has: a layout cannot make another. */
const TOP = 'bin etc lib lib64 meta mnt opt root sbin snap srv usr var writable'.split(' ');

/** Read, write and execute for all, and the sticky bit. */
const MODE_BITS = 0o1777;

function bad(message: string): SnapError {
  return new SnapError('bad-layout', message);
}

/** Checks what a snap wants to see where. `revision` is put in messages. Throws `bad-layout` with snapd's messages. */
export function checkLayouts({ layout, name }: Pick<SnapInfo, 'layout' | 'name'>, revision: string): void {
  const expand = (path: string): string => expandVariables(path, name, revision);
  const layouts = [...layout.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const each of layouts) checkTop(each, expand);
  checkKinds(layouts, expand);
  for (const { path } of layouts) {
    if (path.startsWith('/snap/') && !path.startsWith(`/snap/${name}`)) {
      throw bad(`layout ${quote(path)} defines a layout in space belonging to another snap`);
    }
  }
  const taken: string[] = [];
  for (const each of layouts) {
    checkLayout(each, expand, taken);
    taken.push(expand(each.path));
  }
}

function checkTop({ path }: Layout, expand: (path: string) => string): void {
  const pattern = patternIn(path);
  if (pattern !== undefined) throw bad(`invalid layout path: ${quote(path)} ${pattern}`);
  const [root = '', top] = expand(cleanPath(path)).split('/');
  if (top === undefined) return;
  if (root !== '') throw bad(`layout ${quote(path)} is a relative filename`);
  if (top !== '' && !TOP.includes(top)) {
    throw bad(`layout ${quote(path)} defines a new top-level directory ${quote(`/${top}`)}`);
  }
}

/** What is bound from one place is either a file or a directory. */
function checkKinds(layouts: readonly Layout[], expand: (path: string) => string): void {
  const kinds = new Map<string, 'dir' | 'file'>();
  for (const { path, bind, bindFile } of layouts) {
    if (bind !== '') {
      if (kinds.get(expand(bind)) === 'file') {
        throw bad(`layout ${quote(path)} refers to directory ${quote(bind)} but another layout treats it as file`);
      }
      kinds.set(expand(bind), 'dir');
    }
    if (bindFile !== '') {
      if (kinds.get(expand(bindFile)) === 'dir') {
        throw bad(
          `layout ${quote(path)} refers to file ${quote(bindFile)} but another layout treats it as a directory`,
        );
      }
      kinds.set(expand(bindFile), 'file');
    }
  }
}

function isAtOrBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function isAbsoluteAndClean(path: string): boolean {
  return /^[/$]/.test(path) && cleanPath(path) === path;
}

function checkLayout(layout: Layout, expand: (path: string) => string, taken: readonly string[]): void {
  const called = `layout ${quote(layout.path)}`;
  if (layout.path === '') throw bad('layout cannot use an empty path');
  const variable = unknownVariable(layout.path);
  if (variable !== undefined) {
    throw bad(`${called} uses invalid mount point: reference to unknown variable ${quote(variable)}`);
  }
  const path = expand(layout.path);
  if (!isAbsoluteAndClean(path)) throw bad(`${called} uses invalid mount point: must be absolute and clean`);
  if (OFF_LIMITS.some((place) => isAtOrBelow(path, place))) throw bad(`${called} in an off-limits area`);
  const prior = taken.find((place) => isAtOrBelow(path, place));
  if (prior !== undefined) throw bad(`${called} underneath prior layout item ${quote(prior)}`);
  const kinds = [layout.bind, layout.bindFile, layout.type, layout.symlink].filter((kind) => kind !== '');
  if (kinds.length !== 1) throw bad(`${called} must define a bind mount, a filesystem mount or a symlink`);
  const source = `${layout.bind}${layout.bindFile}`;
  if (source !== '')
    checkSource(`${called} uses invalid bind mount source`, `${called} uses invalid mount source`, source, expand);
  if (layout.type !== '' && layout.type !== 'tmpfs') {
    throw bad(`${called} uses invalid filesystem ${quote(layout.type)}`);
  }
  if (layout.symlink !== '') {
    checkSource(`${called} uses invalid symlink old name`, `${called} uses invalid symlink`, layout.symlink, expand);
  }
  if (layout.user !== 'root') throw bad(`${called} uses invalid user ${quote(layout.user)}`);
  if (layout.group !== 'root') throw bad(`${called} uses invalid group ${quote(layout.group)}`);
  if ((layout.mode & MODE_BITS) !== layout.mode) throw bad(`${called} uses invalid mode 0${layout.mode.toString(8)}`);
}

/** What shows through must be the snap's own. */
function checkSource(invalid: string, isPattern: string, given: string, expand: (path: string) => string): void {
  const variable = unknownVariable(given);
  if (variable !== undefined) {
    throw bad(`${invalid} ${quote(given)}: reference to unknown variable ${quote(variable)}`);
  }
  const source = expand(given);
  if (!isAbsoluteAndClean(source)) throw bad(`${invalid} ${quote(source)}: must be absolute and clean`);
  const places = ['$SNAP', '$SNAP_DATA', '$SNAP_COMMON'];
  if (!places.some((place) => source.startsWith(expand(place)))) {
    throw bad(`${invalid} ${quote(source)}: must start with $SNAP, $SNAP_DATA or $SNAP_COMMON`);
  }
  const pattern = patternIn(source);
  if (pattern !== undefined) throw bad(`${isPattern}: ${quote(source)} ${pattern}`);
}
