/**
 * What stock U-Boot makes of an image of a place: `env import -c` and `env export -c` with a list of names, as the boot
 * script calls them. Its rules are not those of other readers; what the script and the agent read must be the same.
 */
import { createEnv, detectShape, serializeEnv, withVars } from 'u-boot-env';
import { PLACE_BYTES, type Vars } from './types.ts';
import { MARK_VARIABLES, SCRIPT_VARIABLES, STARTS_VARIABLE } from './variables.ts';

/** Names that the script gives `env import`: of two entries with such a name the first counts. */
const LISTED: ReadonlySet<string> = new Set([...SCRIPT_VARIABLES, ...MARK_VARIABLES, STARTS_VARIABLE]);

/**
 * Values that the script can handle without U-Boot's shell reading something into them, and the kernel command line can
 * carry. Listed variables with any other value are unset, for the script as for the agent.
 */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._+ -]*$/;

const HEADER_BYTES = 4;

/** The variables of an image, or `undefined` where U-Boot refuses it: missing, of another size, damaged, a nameless value. */
export function readVars(bytes: Uint8Array | undefined): Vars | undefined {
  if (bytes?.length !== PLACE_BYTES) return undefined;
  if (detectShape(bytes, { flavour: 'plain', byteOrder: 'little' }) === undefined) return undefined;
  const vars = new Map<string, string>();
  const done = new Set<string>();
  for (const [name, value] of entries(bytes)) {
    if (name === '' && value !== '') return undefined;
    if (done.has(name)) continue;
    if (LISTED.has(name)) done.add(name);
    if (value === '' || (LISTED.has(name) && !PLAIN.test(value))) vars.delete(name);
    else vars.set(name, value);
  }
  return Object.fromEntries(vars);
}

/** The image that the script writes, or `undefined` where the variables have no room in one. */
export function exportedBytes(vars: Vars): Uint8Array | undefined {
  const set = Object.entries(vars).filter(([, value]) => value !== '');
  const bytes = set.reduce((sum, [name, value]) => sum + `${name}=${value}\0`.length, HEADER_BYTES + 1);
  if (bytes > PLACE_BYTES) return undefined;
  return serializeEnv(withVars(createEnv({ size: PLACE_BYTES, flavour: 'plain' }), vars), { padding: 0x00 });
}

/** `name=value` up to two NULs; blanks before a name, comments and escapes as in U-Boot's `himport_r`. */
function* entries(bytes: Uint8Array): Generator<readonly [name: string, value: string]> {
  const list = Buffer.from(bytes.subarray(HEADER_BYTES)).toString('latin1');
  for (let at = 0; at < list.length; ) {
    const nul = list.indexOf('\0', at);
    const end = nul < 0 ? list.length : nul;
    const entry = list.slice(at, end).replace(/^[ \t]+/, '');
    if (!entry.startsWith('#')) {
      const equals = entry.indexOf('=');
      const value = equals < 0 ? '' : entry.slice(equals + 1).replaceAll(/\\(.)/gs, '$1');
      yield [equals < 0 ? entry : entry.slice(0, equals), value];
    }
    at = end + 1;
    if (list[at] === '\0') return;
  }
}
