import { SnapError } from './error.ts';

/** Two to 40 of a-z, 0-9 and single dashes inside, at least one letter (reference: snapd's snap/naming). */
export function isSnapName(name: string): boolean {
  if (name.length < 2 || name.length > 40) return false;
  if (!/^[a-z0-9-]+$/.test(name) || !/[a-z]/.test(name)) return false;
  return !name.startsWith('-') && !name.endsWith('-') && !name.includes('--');
}

/** Throws `bad-name` with snapd's message. */
export function checkSnapName(name: string): void {
  if (!isSnapName(name)) throw new SnapError('bad-name', `invalid snap name: ${JSON.stringify(name)}`);
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
    throw new SnapError('bad-name', `invalid instance key: ${JSON.stringify(key)}`);
  }
}
