/** Names and places of a snap's units. Instance names have a key, as in `foo_bar`, in parallel installs. */
import type { App, DaemonScope } from '../model.ts';
import { splitInstanceName } from '../names.ts';

/** The revision of a snap that units are written for. */
export interface Place {
  readonly instance: string;
  /** As it is printed: `7`, `x1`. */
  readonly revision: string;
}

const UNTOUCHED = /[A-Za-z0-9:_.]/;

/** A path as systemd writes it in the name of a unit. */
export function escapePath(path: string): string {
  const inner = path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  if (inner === '') return '-';
  const bytes = [...Buffer.from(inner)].map((byte, i) => {
    const character = String.fromCharCode(byte);
    if (character === '/') return '-';
    const plain = byte < 0x80 && UNTOUCHED.test(character) && !(i === 0 && character === '.');
    return plain ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return bytes.join('');
}

export function mountUnitOf({ instance, revision }: Place): string {
  return `${escapePath(`/snap/${instance}/${revision}`)}.mount`;
}

export function securityTagOf(instance: string, app: string): string {
  return `snap.${instance}.${app}`;
}

export function serviceUnitOf(instance: string, app: string): string {
  return `${securityTagOf(instance, app)}.service`;
}

export function socketUnitOf(instance: string, app: string, socket: string): string {
  return `${securityTagOf(instance, app)}.${socket}.socket`;
}

export function timerUnitOf(instance: string, app: string): string {
  return `${securityTagOf(instance, app)}.timer`;
}

/** Where units of a scope lie. */
export function unitFolderOf(scope: DaemonScope | ''): string {
  return scope === 'user' ? '/etc/systemd/user' : '/etc/systemd/system';
}

/** What people type to run an app: an app with the name of its snap goes by that alone. */
export function commandNameOf({ instance }: Pick<Place, 'instance'>, { name }: Pick<App, 'name'>): string {
  return name === splitInstanceName(instance).name ? instance : `${instance}.${name}`;
}
