/** The people whose data is saved: who has an account here, and a home where homes are. */
import { join } from 'node:path';
import type { Disk } from '../../system/disk.ts';
import { SavedError } from './error.ts';
import type { SavedWorld } from './world.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** As a path of the device. */
  readonly home: string;
}

const maxFileBytes = 4 << 20;
/** On core the second has those who were made on the device. */
const files: readonly string[] = ['etc/passwd', 'var/lib/extrausers/passwd'];

/** The accounts in a passwd(5) file. What is no account is passed over. Pure. */
export function parsePasswd(text: string): User[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    const isAccount = /^[^/\0]+$/.test(name) && name !== '.' && name !== '..' && /^\d+$/.test(uid) && /^\d+$/.test(gid);
    return isAccount && home.startsWith('/') ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [];
  });
}

/** Root, and who has a home of the usual form; each person once. Pure. */
export function withData(users: readonly User[]): User[] {
  const seen = new Set<number>();
  return users.filter(({ uid, home }) => {
    const isMeant = uid === 0 ? home === '/root' : /^\/home\/[^/]+\/?$/.test(home) && !/\/\.\.?\/?$/.test(home);
    if (!isMeant || seen.has(uid)) return false;
    seen.add(uid);
    return true;
  });
}

/** @throws DiskError */
export async function allUsers(world: Pick<SavedWorld, 'layout' | 'disk'>): Promise<readonly User[]> {
  const texts = await Promise.all(files.map((file) => textOf(world.disk, join(world.layout.root, file))));
  return texts.flatMap(parsePasswd);
}

async function textOf(disk: Disk, path: string): Promise<string> {
  if ((await disk.stat(path)) === undefined) return '';
  return Buffer.from(await disk.readFile(path, { maxBytes: maxFileBytes })).toString();
}

/** Those that a request names, by name or number; all where it names none. @throws SavedError `bad-request` */
export function chosenUsers(users: readonly User[], names: readonly string[]): readonly User[] {
  if (names.length === 0) return withData(users);
  return [...new Set(names)].map((name) => {
    const user = users.find((one) => one.name === name) ?? users.find(({ uid }) => String(uid) === name);
    if (user === undefined) throw new SavedError('bad-request', `user: unknown user ${name}`);
    return user;
  });
}
