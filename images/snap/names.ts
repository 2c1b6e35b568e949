import { SnapError } from './error.ts';
import { quote } from './quote.ts';

/** a-z, 0-9 and single dashes inside, at least one letter. */
export function isDashedName(name: string): boolean {
  if (!/^[a-z0-9-]+$/.test(name) || !/[a-z]/.test(name)) return false;
  return !name.startsWith('-') && !name.endsWith('-') && !name.includes('--');
}

/** Two to 40 of a-z, 0-9 and single dashes inside, at least one letter (reference: snapd's snap/naming). */
export function isSnapName(name: string): boolean {
  return name.length >= 2 && name.length <= 40 && isDashedName(name);
}

const LOWER = /^[a-z](?:-?[a-z0-9])*$/;

export const isPlugName = (name: string): boolean => LOWER.test(name);
export const isSlotName = isPlugName;
export const isInterfaceName = isPlugName;
export const isHookName = isPlugName;
export const isSocketName = isDashedName;
export const isAppName = (name: string): boolean => /^[a-zA-Z0-9](?:-?[a-zA-Z0-9])*$/.test(name);
export const isAlias = (name: string): boolean => /^[a-zA-Z0-9][-_.a-zA-Z0-9]*$/.test(name);
export const isProvenance = isAppName;

/** Throws `bad-name` with snapd's message. */
export function checkSnapName(name: string): void {
  if (!isSnapName(name)) throw new SnapError('bad-name', `invalid snap name: ${quote(name)}`);
}

/** The two parts of an instance name `<name>` or `<name>_<key>`; the key is empty where there is none. */
export function splitInstanceName(instance: string): { readonly name: string; readonly key: string } {
  const at = instance.indexOf('_');
  return at < 0 ? { name: instance, key: '' } : { name: instance.slice(0, at), key: instance.slice(at + 1) };
}

/** Checks `<name>` or `<name>_<key>`, the key one to ten of a-z and 0-9. Throws `bad-name` with snapd's messages. */
export function checkInstanceName(instance: string): void {
  const { name, key } = splitInstanceName(instance);
  checkSnapName(name);
  if (instance.includes('_') && !/^[a-z0-9]{1,10}$/.test(key)) {
    throw new SnapError('bad-name', `invalid instance key: ${quote(key)}`);
  }
}
