/** Reads the JSON object in a request's body, bounded in size and depth. No Content-Type is asked for, as clients send none. */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './failure.ts';

const maxBytes = 64 * 1024;
/** Maps and lists in each other. */
const maxDepth = 20;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** @throws Refusal 400 where the body is no JSON object, or too much of one; `what` is what it was to be */
export async function readJsonObject(message: IncomingMessage, what: string): Promise<JsonObject> {
  const refuse = (why: string) => new Refusal(400, `cannot decode request body into ${what}: ${why}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // What comes after a refusal is read away by the server.
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw refuse(`it is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const value = parsed(Buffer.concat(chunks));
  if (value === undefined) throw refuse(bytes === 0 ? 'it is empty' : 'it is not JSON');
  if (!isObject(value)) throw refuse('it is not a JSON object');
  if (isDeeper(value, maxDepth)) throw refuse(`it is nested deeper than ${maxDepth} levels`);
  return value;
}

function parsed(bytes: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonValue;
  } catch {
    return undefined;
  }
}

export function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
