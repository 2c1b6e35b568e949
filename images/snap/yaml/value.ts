/** Plain data as the Go library that snapd uses gives it. An integer is a bigint, so that 1 and 1.0 stay different. */
export type GoKey = string | boolean | bigint | number | null;
export type GoValue = GoKey | readonly GoValue[] | GoMap;
export type GoMap = ReadonlyMap<GoKey, GoValue>;

const MAX_INT64 = 2n ** 63n - 1n;

/** The name of its type in snapd's messages. */
export function goTypeOf(value: GoValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return value > MAX_INT64 ? 'uint64' : 'int';
  if (typeof value === 'number') return 'float64';
  return value instanceof Map ? 'map[interface {}]interface {}' : '[]interface {}';
}

/** How Go prints a value inside a message. */
export function goText(value: GoValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return goFloat(value);
  if (value instanceof Map) {
    const entries = [...(value as GoMap)].map(([key, of]): [string, string] => [goText(key), goText(of)]);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map((entry) => entry.join(':')).join(' ')}]`;
  }
  if (typeof value === 'object') return `[${(value as readonly GoValue[]).map(goText).join(' ')}]`;
  return String(value);
}

function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 21) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

export function isUint64(value: bigint): boolean {
  return value > MAX_INT64;
}
