/** The fields of a JSON body, each of the type that it should have. Pure. */
import { Refusal } from './failure.ts';
import { isObject, type JsonObject, type JsonValue } from './json-body.ts';

export interface Fields {
  /** "" where it is missing. */
  text(key: string): string;
  textOrNumber(key: string): string;
  flag(key: string): boolean;
  texts(key: string): readonly string[];
  /** Empty where it is missing. */
  object(key: string): JsonObject;
  /** Missing, or as good as that. */
  isEmpty(key: string): boolean;
}

/** @param what the body is to be; each field that is not of its type is refused with 400 */
export function fieldsOf(body: JsonObject, what: string): Fields {
  const refuse = (key: string, type: string) =>
    new Refusal(400, `cannot decode request body into ${what}: "${key}" should be ${type}`);
  const text = (key: string) => {
    const value = body[key] ?? '';
    if (typeof value !== 'string') throw refuse(key, 'a text');
    return value;
  };
  return {
    text,
    textOrNumber: (key) => (typeof body[key] === 'number' ? String(body[key]) : text(key)),
    flag(key) {
      const value = body[key] ?? false;
      if (typeof value !== 'boolean') throw refuse(key, 'true or false');
      return value;
    },
    texts(key) {
      const value = body[key] ?? [];
      if (!Array.isArray(value)) throw refuse(key, 'a list of texts');
      return value.map((entry: JsonValue) => {
        if (typeof entry !== 'string') throw refuse(key, 'a list of texts');
        return entry;
      });
    },
    object(key) {
      const value = body[key] ?? {};
      if (!isObject(value)) throw refuse(key, 'an object');
      return value;
    },
    isEmpty(key) {
      const value = body[key];
      if (value === undefined || value === null || value === '' || value === false) return true;
      return typeof value === 'object' && Object.keys(value).length === 0;
    },
  };
}

/** The names in a query's list. */
export function namesIn(query: URLSearchParams, key: string): readonly string[] {
  const names = (query.get(key) ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}
