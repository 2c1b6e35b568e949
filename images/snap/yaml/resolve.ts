import { yamlError } from './error.ts';
import type { ScalarNode } from './node.ts';
import type { GoKey } from './value.ts';

const PREFIX = 'tag:yaml.org,2002:';
const RESOLVABLE = ['str', 'bool', 'int', 'float', 'null', 'timestamp'].map((name) => PREFIX + name);

export interface Resolved {
  /** Short, as `!!int`. */
  readonly tag: string;
  readonly value: GoKey;
}

const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...words('!!bool', true, 'y Y yes Yes YES true True TRUE on On ON'),
  ...words('!!bool', false, 'n N no No NO false False FALSE off Off OFF'),
  ...words('!!null', null, '~ null Null NULL'),
  ...words('!!float', Number.NaN, '.nan .NaN .NAN'),
  ...words('!!float', Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...words('!!float', Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF'),
  ['', { tag: '!!null', value: null }],
]);

function words(tag: string, value: GoKey, all: string): [string, Resolved][] {
  return all.split(' ').map((word) => [word, { tag, value }]);
}

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const DOT_FLOAT = /^\.[0-9]+([eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?$/;

export function shortTag(tag: string): string {
  return tag.startsWith(PREFIX) ? `!!${tag.slice(PREFIX.length)}` : tag;
}

/** What a scalar is, by its tag or its form. Throws a YamlError. */
export function resolveScalar({ tag, value, implicit }: ScalarNode): Resolved {
  if (tag === '' && !implicit) return { tag: '!!str', value };
  if (tag === `${PREFIX}binary`) return { tag: '!!binary', value: binary(value) };
  if (tag !== '' && !RESOLVABLE.includes(tag)) return { tag: shortTag(tag), value };
  const wanted = shortTag(tag);
  const found: Resolved = wanted === '!!str' ? { tag: '!!str', value } : byForm(value, wanted);
  if (wanted === '' || wanted === found.tag) return found;
  if (wanted === '!!float' && typeof found.value === 'bigint') return { tag: wanted, value: Number(found.value) };
  throw yamlError(`cannot decode ${found.tag} \`${value}\` as a ${wanted}`);
}

function binary(text: string): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
    throw yamlError('!!binary value contains invalid base64 data');
  }
  return Buffer.from(compact, 'base64').toString();
}

function byForm(text: string, wanted: string): Resolved {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (DOT_FLOAT.test(text)) return { tag: '!!float', value: Number(text) };
  if (/^[-+0-9]/.test(text)) {
    if (wanted !== '!!float' && wanted !== '!!int' && isTimestamp(text)) return { tag: '!!timestamp', value: text };
    const plain = text.replaceAll('_', '');
    const integer = parseInteger(plain);
    if (integer !== undefined) return { tag: '!!int', value: integer };
    const float = Number(plain);
    if (FLOAT.test(plain) && Number.isFinite(float)) return { tag: '!!float', value: float };
  }
  return { tag: '!!str', value: text };
}

function isTimestamp(text: string): boolean {
  if (!TIMESTAMP.test(text)) return false;
  const [year = 0, month = 0, day = 0] = (/^(\d+)-(\d+)-(\d+)/.exec(text) ?? []).slice(1).map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && day >= 1 && date.getUTCDate() === day;
}

/** Within 64 bits, with a sign or without. */
function parseInteger(text: string): bigint | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = ''] = match;
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const size = BigInt(octal);
  const value = sign === '-' ? -size : size;
  const most = sign === '' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  return value >= -(2n ** 63n) && value <= most ? value : undefined;
}
