/** Reading corpus files: bounded, and `unknown` made typed with a message that says where it did not fit. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes; the largest file of the corpus has less than a tenth. */
const MAX_FILE = 4 * 1024 * 1024;

export type Json = Readonly<Record<string, unknown>>;

/** The corpus holds something that this runner does not know: it has to be looked at, not left out. */
export class CorpusError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CorpusError';
  }
}

/** The names in a folder of the corpus, sorted. */
export function namesIn(corpus: string, folder: string): string[] {
  return readdirSync(join(corpus, folder)).sort();
}

export function bytesIn(corpus: string, path: string): Buffer {
  const file = join(corpus, path);
  const { size } = statSync(file);
  if (size > MAX_FILE) throw new CorpusError(`cannot read ${path}: it has ${size} bytes, the limit is ${MAX_FILE}`);
  return readFileSync(file);
}

export function textIn(corpus: string, path: string): string {
  return bytesIn(corpus, path).toString();
}

export function jsonIn(corpus: string, path: string): Json {
  return record(JSON.parse(textIn(corpus, path)), path);
}

/** Versions of snapd whose answers the corpus has, the one that decides first. */
const VERSIONS: readonly string[] = ['2.68.3', '2.57.6'];

/** snapd's answer to one case: that of the version that decides, or of the older one where it is alone. */
export function answerIn(corpus: string, kind: string, name: string): Json {
  const paths = VERSIONS.map((version) => `answers-${version}/${kind}/${name}`);
  const path = paths.find((one) => statSync(join(corpus, one), { throwIfNoEntry: false }) !== undefined);
  if (path === undefined) throw new CorpusError(`cannot find snapd's answer to ${kind}/${name}`);
  return jsonIn(corpus, path);
}

export function record(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(where, 'an object', value);
  return value as Json;
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw misfit(where, 'a list', value);
  return value;
}

export function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw misfit(where, 'a text', value);
  return value;
}

export function flag(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw misfit(where, 'true or false', value);
  return value;
}

/** An object whose values are all texts. */
export function texts(value: unknown, where: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record(value, where)).map(([key, of]) => [key, text(of, `${where}.${key}`)]),
  );
}

/** @throws CorpusError where `value` has a field that is not in `known` */
export function onlyKnown(value: Json, known: readonly string[], where: string): void {
  const strange = Object.keys(value).filter((key) => !known.includes(key));
  if (strange.length > 0) throw new CorpusError(`cannot judge ${where}: the field ${strange.join(', ')} is not known`);
}

function misfit(where: string, wanted: string, value: unknown): CorpusError {
  return new CorpusError(`cannot read ${where}: ${wanted} is expected, not ${JSON.stringify(value)?.slice(0, 80)}`);
}
