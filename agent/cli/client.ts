/** Talks to the daemon: HTTP over its unix socket, snapd's envelope. */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from './error.ts';

export interface Answer {
  readonly result: unknown;
  /** Id of the change, where the answer is asynchronous. */
  readonly change: string | undefined;
  /** Kind of the restart that is pending, e.g. `system-restart`. */
  readonly maintenance: string | undefined;
}

export interface Upload {
  readonly contentType: string;
  readonly body: Readable;
  /** Bytes of it, where they are known before. */
  readonly length?: number;
}

export interface Download {
  /** Bytes. */
  readonly length: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Client {
  get(path: string): Promise<Answer>;
  post(path: string, upload: Upload): Promise<Answer>;
  /** Whoever asks for it reads it to its end. */
  download(path: string): Promise<Download>;
}

/** As snapd's client: the daemon has this long for an answer, but any time for an upload, or for what is asked of it. */
const answerMillis = 120_000;
const maxAnswerBytes = 16 << 20;

/** A client of the daemon that listens on `socketPath`. Its errors are CommandErrors. */
export function connectTo(socketPath: string): Client {
  const headers = { host: 'localhost', 'user-agent': 'holdfast' };
  return {
    get: (path) => exchange({ socketPath, path, headers, method: 'GET', timeout: answerMillis }),
    post: (path, { contentType, body, length }) =>
      // Without a limit of its own a request has Node's, which is 5 s.
      exchange(
        {
          ...{ socketPath, path, method: 'POST', timeout: 0 },
          headers: {
            ...{ ...headers, 'content-type': contentType },
            ...(length === undefined ? {} : { 'content-length': length }),
          },
        },
        body,
      ),
    download: (path) => fetchBytes({ socketPath, path, headers, method: 'GET', timeout: answerMillis }),
  };
}

async function exchange(options: RequestOptions, body?: Readable): Promise<Answer> {
  try {
    return readAnswer(JSON.parse(await readText(await send(options, body))));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw unreachable(asError(error));
  }
}

async function fetchBytes(options: RequestOptions): Promise<Download> {
  try {
    const incoming = await send(options);
    if (incoming.statusCode === 200) {
      return { length: Number(incoming.headers['content-length']), content: incoming };
    }
    readAnswer(JSON.parse(await readText(incoming)));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw unreachable(asError(error));
  }
  throw new CommandError('protocol', 'cannot understand the answer of the daemon: neither bytes nor an error');
}

function send(options: RequestOptions, body?: Readable): Promise<IncomingMessage> {
  const outgoing = request(options);
  outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
  const incoming = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  // A refusal can come, and close the connection, before the body is sent: the answer counts then, not the broken pipe.
  if (body === undefined) outgoing.end();
  else pipeline(body, outgoing).catch((error: unknown) => outgoing.destroy(asError(error)));
  return incoming;
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new CommandError('protocol', 'cannot read the answer of the daemon: too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Takes the envelope apart. */
export function readAnswer(envelope: unknown): Answer {
  const answer = asObject(envelope);
  const result = answer['result'];
  if (answer['type'] === 'error') {
    const { message, kind } = asObject(result);
    const text = typeof message === 'string' && message !== '' ? message : `server error: ${String(answer['status'])}`;
    const known = typeof kind === 'string' ? kind : undefined;
    throw new CommandError(known === 'snap-change-conflict' ? 'conflict' : 'refused', text, known);
  }
  if (answer['type'] !== 'sync' && answer['type'] !== 'async') {
    throw new CommandError('protocol', 'cannot understand the answer of the daemon: no type');
  }
  const { change } = answer;
  const { kind } = asObject(answer['maintenance']);
  return {
    result,
    change: typeof change === 'string' ? change : undefined,
    maintenance: typeof kind === 'string' ? kind : undefined,
  };
}

/** The value as an object; an empty one where it is none. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The value as a list of objects; an empty one where it is none. */
export function asList(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

function unreachable(error: Error): CommandError {
  if (error instanceof SyntaxError) {
    return new CommandError('protocol', 'cannot understand the answer of the daemon: not JSON');
  }
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new CommandError('unreachable', 'cannot reach the holdfast daemon: it is not running');
  }
  return new CommandError('unreachable', `cannot talk to the holdfast daemon: ${error.message}`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
