import type { SquashfsStat } from '../index.ts';
import { run } from './mksquashfs.ts';

const MODE_LETTERS = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  'block-device': 'b',
  'char-device': 'c',
  fifo: 'p',
  socket: 's',
};

/** `rwsr-xr-t` and the like. */
function permissionsOf({ mode }: SquashfsStat): string {
  const triples = [6, 3, 0].map((shift, i) => {
    const bits = (mode >> shift) & 7;
    const special = (mode >> (11 - i)) & 1;
    const execute = special === 1 ? (i === 2 ? 't' : 's') : 'x';
    const last = (bits & 1) === 1 ? execute : special === 1 ? execute.toUpperCase() : '-';
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`;
  });
  return triples.join('');
}

/** An entry as `unsquashfs -lln` prints it, without the size of directories and with single blanks. */
export function lineOf(path: string, stat: SquashfsStat): string {
  const date = new Date(stat.mtimeSeconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
  const size = stat.device
    ? `${stat.device.major}, ${stat.device.minor}`
    : stat.type === 'directory'
      ? ''
      : `${stat.size}`;
  const target = stat.target === undefined ? '' : ` -> ${stat.target}`;
  return `${MODE_LETTERS[stat.type]}${permissionsOf(stat)} ${stat.uid}/${stat.gid} ${size} ${date} /${path}${target}`;
}

/** What `unsquashfs -lln` prints, in the form of `lineOf`, without the root and without /dev/big. */
export async function unsquashfsLines(image: string): Promise<string[]> {
  const { stdout } = await run('unsquashfs', ['-lln', '-d', '', image], {
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  });
  const form = /^(\S+) (\S+) +(\d+, *\d+|\d+) (\d{4}-\d\d-\d\d \d\d:\d\d) (\/.*)$/;
  return stdout.split('\n').flatMap((line) => {
    const [, mode = '', owner, size = '', date, path] = form.exec(line) ?? [];
    if (path === undefined || path === '/' || path === '/dev/big') return [];
    return [`${mode} ${owner} ${mode.startsWith('d') ? '' : size.replace(/, */, ', ')} ${date} ${path}`];
  });
}
