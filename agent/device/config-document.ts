/** A snap's configuration: one document of nested maps, read and changed by dotted keys as snapd's. Pure. */

export type ConfigValue = null | boolean | number | string | readonly ConfigValue[] | ConfigDocument;
export interface ConfigDocument {
  readonly [key: string]: ConfigValue;
}

export type ConfigErrorCode =
  /** No key of that form can exist. */
  | 'invalid-key'
  /** Nothing here reads that key. */
  | 'unsupported'
  /** The key leads through a value that is no map. */
  | 'not-a-map'
  /** Whoever reads that key cannot use the value. */
  | 'invalid-value';

export class ConfigError extends Error {
  readonly code: ConfigErrorCode;

  constructor(code: ConfigErrorCode, message: string) {
    super(message);
    this.name = 'ConfigError';
    this.code = code;
  }
}

/** snapd's form of one part of a key: small letters and digits, single dashes between them, and a letter somewhere. */
const keyPart = /^(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** Maps inside a value may have more, such as `command:<snap>/<name>`; these cannot be asked for one by one. */
const innerKey = /^[\w:./-]+$/;
const maxPartLength = 200;
const maxParts = 16;

/**
 * The parts of a dotted key.
 * @throws ConfigError `invalid-key`
 */
export function keyParts(key: string): readonly string[] {
  const parts = key.split('.');
  if (parts.length > maxParts) throw new ConfigError('invalid-key', `invalid option name: ${shown(key)}`);
  for (const part of parts) {
    if (part.length > maxPartLength || !keyPart.test(part)) {
      throw new ConfigError('invalid-key', `invalid option name: ${shown(part)}`);
    }
  }
  return parts;
}

/**
 * What the document says under `key`; `undefined` where it says nothing.
 * @throws ConfigError `invalid-key`
 */
export function lookUp(document: ConfigDocument, key: string): ConfigValue | undefined {
  let value: ConfigValue | undefined = document;
  for (const part of keyParts(key)) {
    value = isMap(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/**
 * The document with every key of `patch` set to its value, shorter keys first. `null` removes, and a map that has become
 * empty goes, too.
 * @throws ConfigError `invalid-key`, `not-a-map`
 */
export function patched(document: ConfigDocument, patch: ConfigDocument): ConfigDocument {
  const changes = Object.entries(patch).map(([key, value]) => ({ parts: keyParts(key), value }));
  changes.sort((a, b) => a.parts.length - b.parts.length);
  return changes.reduce<ConfigDocument>((result, { parts, value }) => put(result, parts, value, ''), document);
}

function put(map: ConfigDocument, parts: readonly string[], value: ConfigValue, above: string): ConfigDocument {
  const [part = '', ...rest] = parts;
  const { [part]: old, ...others } = map;
  const name = `${above}${part}`;
  if (rest.length > 0 && old !== undefined && !isMap(old)) {
    throw new ConfigError('not-a-map', `cannot set an option below ${shown(name)}: its value is not a map`);
  }
  const next = rest.length === 0 ? withoutNulls(value) : put(isMap(old) ? old : {}, rest, value, `${name}.`);
  return next === null || isEmptyMap(next) ? others : { ...others, [part]: next };
}

/** Every key of the document that has a value of its own, dotted. */
export function leafKeys(document: ConfigDocument, above = ''): string[] {
  return Object.entries(document).flatMap(([key, value]) =>
    isMap(value) && !isEmptyMap(value) ? leafKeys(value, `${above}${key}.`) : [`${above}${key}`],
  );
}

export function isMap(value: unknown): value is ConfigDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyMap(value: ConfigValue): boolean {
  return isMap(value) && Object.keys(value).length === 0;
}

function withoutNulls(value: ConfigValue): ConfigValue {
  if (!isMap(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]): [string, ConfigValue][] => {
    if (key.length > maxPartLength || !innerKey.test(key)) {
      throw new ConfigError('invalid-key', `invalid option name: ${shown(key)}`);
    }
    const next = withoutNulls(inner);
    return next === null || isEmptyMap(next) ? [] : [[key, next]];
  });
  return Object.fromEntries(kept);
}

function shown(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}...` : key);
}
