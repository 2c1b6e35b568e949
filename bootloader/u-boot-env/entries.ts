import { EnvError, quoted } from './errors.ts';

/**
 * The list inside an image: `name=value` NUL, ..., NUL. One byte is one character (ISO 8859-1), so that bytes which are not
 * ASCII survive reading and writing whatever they mean.
 */

/** Readers take an entry that begins with an erased flash byte for padding. */
const ERASED = '\u00ff';

/** Why a name cannot be stored, or undefined where it can. */
function structuralFault(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('=')) return 'it contains "="';
  if (name.includes('\0')) return 'it contains a NUL';
  if (name.startsWith(ERASED)) return 'it begins with byte 0xff, which readers take for padding';
  return beyondLatin1(name);
}

/** U-Boot's import (`lib/hashtable.c`) strips leading blanks and drops what begins with "#" as a comment. */
function readBackFault(name: string): string | undefined {
  return /^[ \t#]/.test(name) ? 'U-Boot does not read back a name that begins with a blank or "#"' : undefined;
}

function beyondLatin1(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is every character that is one byte.
  return /[^\u0000-\u00ff]/.test(text) ? 'it has a character that is not one byte (encode it first)' : undefined;
}

function check(verb: 'set' | 'write', name: string, value: string, nameFault: string | undefined): void {
  if (nameFault !== undefined) throw new EnvError('bad-name', `cannot ${verb} variable ${quoted(name)}: ${nameFault}`);
  const fault = value.includes('\0') ? 'its value contains a NUL' : beyondLatin1(value);
  if (fault !== undefined) throw new EnvError('bad-value', `cannot ${verb} variable ${quoted(name)}: ${fault}`);
}

/**
 * Checks a change before it is made. A name that U-Boot would not read back may be removed (empty value), but not set.
 * @throws EnvError `bad-name`, `bad-value`
 */
export function checkChange(name: string, value: string): void {
  check('set', name, value, structuralFault(name) ?? (value === '' ? undefined : readBackFault(name)));
}

/**
 * Reads the list. It ends at the first two NULs, or with the payload; what begins with 0xff is padding. Of two entries with
 * one name the last wins, as in U-Boot, libubootenv and snapd.
 * @throws EnvError `bad-entry` on an entry without "=" or without a name, unless `bestEffort` skips those
 */
export function decodeEntries(payload: Uint8Array, bestEffort: boolean): Map<string, string> {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const twoNuls = bytes.indexOf('\0\0', 0, 'latin1');
  const end = twoNuls < 0 ? bytes.length : twoNuls;
  const vars = new Map<string, string>();
  // One entry after the other: a list of millions of tiny ones costs no memory for those that are overwritten.
  for (let start = 0, stop = 0; start < end; start = stop + 1) {
    const nul = bytes.indexOf(0, start);
    stop = nul < 0 ? end : nul;
    const entry = bytes.toString('latin1', start, stop);
    if (entry === '' || entry.startsWith(ERASED)) continue;
    const equals = entry.indexOf('=');
    if (equals > 0) vars.set(entry.slice(0, equals), entry.slice(equals + 1));
    else if (!bestEffort) throw new EnvError('bad-entry', `cannot parse line ${quoted(entry)} as key=value pair`);
  }
  return vars;
}

/**
 * Writes the list, names in ascending order of their bytes, with the two NULs that end it.
 * @throws EnvError `bad-name`, `bad-value` (for maps that did not come from this package)
 */
export function encodeEntries(vars: ReadonlyMap<string, string>): Buffer {
  if (vars.size === 0) return Buffer.from('\0\0', 'latin1');
  const names = [...vars.keys()].sort();
  const entries = names.map((name) => {
    const value = vars.get(name) ?? '';
    check('write', name, value, structuralFault(name));
    return `${name}=${value}\0`;
  });
  return Buffer.from(`${entries.join('')}\0`, 'latin1');
}
