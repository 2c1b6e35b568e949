/** JSON as Go's encoder writes it, to the byte: snapd compares digests of it. Pure. */

/** Characters that Go escapes so that JSON may stand inside HTML. */
const escaped = /[<>&\u2028\u2029]/g;

/** `fields` keep their order; what is `undefined` is left out. */
export function goJson(fields: object): string {
  return JSON.stringify(fields).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same value with the keys of every map in the order of their UTF-8 bytes, as Go writes maps. */
export function sortedMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMaps);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, sortedMaps(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
}
