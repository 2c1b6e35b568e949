/** The HTTP server: finds the route, asks the kernel who asks, and puts the answer into its envelope. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './envelope.ts';
import { envelope } from './envelope.ts';
import { failureOf, Refusal } from './failure.ts';
import { type GuestLimits, Guests } from './guests.ts';
import type { Context } from './route.ts';
import { routesOf } from './routes.ts';

/** Who is at the other end; throws where the kernel does not say. */
export type PeerUid = (socket: Socket) => number;

export interface ApiLimits {
  readonly connections: number;
  readonly guests: GuestLimits;
  /** What is read of a request after its answer, and for how long, before it is cut off. */
  readonly drainBytes: number;
  readonly drainMillis: number;
}

const usualLimits: ApiLimits = {
  connections: 64,
  guests: { together: 48, each: 16 },
  drainBytes: 1 << 30,
  drainMillis: 30_000,
};

export function apiServer(context: Context, peerUid: PeerUid, limits = usualLimits): Server {
  const guests = new Guests(limits.guests);
  // Asked once, when the connection comes: later the kernel may have given the pid to somebody else.
  const uids = new WeakMap<Socket, number>();
  const server = createServer((message, response) => {
    void respond(context, uids.get(message.socket), message, response).finally(() => drain(message, limits));
  });
  server.on('connection', (socket: Socket) => {
    let uid: number | undefined;
    try {
      uid = peerUid(socket);
    } catch {
      // Without the kernel's word it is nobody: allowed to read, as everybody is.
    }
    if (uid !== undefined) uids.set(socket, uid);
    guests.admit(socket, uid);
  });
  // An upload of a large snap takes as long as it takes, and only root's is waited for; headers have to come soon.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.maxConnections = limits.connections;
  return server;
}

async function respond(
  context: Context,
  uid: number | undefined,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await answerTo(context, uid, message).catch(failureOf);
  if (answer.type === 'stream') return sendStream(answer, response);
  if (response.destroyed) return;
  const { status, text } = envelope(answer, context.device.parts.restart.maintenance);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** What goes wrong in the middle can only be told by breaking off: the client knows the length. */
async function sendStream(
  { contentType, content }: Extract<Answer, { readonly type: 'stream' }>,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': contentType, 'content-length': content.size });
  try {
    await pipeline(content.stream(), response).catch(() => response.destroy());
  } finally {
    await content.close();
  }
}

async function answerTo(context: Context, uid: number | undefined, message: IncomingMessage): Promise<Answer> {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const found = routesOf(url.pathname);
  if (found.length === 0) throw new Refusal(404, 'not found');
  const match = found.find(({ route }) => route.method === message.method);
  if (match === undefined) throw new Refusal(405, `method "${message.method}" not allowed`);
  const { route, name } = match;
  if (route.access === 'root' && uid !== 0) {
    throw new Refusal(401, 'access denied', { kind: 'login-required' });
  }
  return route.answer(context, { message, query: url.searchParams, name });
}

/** A client that still sends reads its answer only afterwards, so what it sends is read away, up to a bound. */
function drain(message: IncomingMessage, { drainBytes, drainMillis }: ApiLimits): void {
  if (message.readableEnded || message.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(() => message.destroy(), drainMillis).unref();
  message.on('end', () => clearTimeout(timer));
  message.on('close', () => clearTimeout(timer));
  message.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > drainBytes) message.destroy();
  });
  message.on('error', () => {});
}
