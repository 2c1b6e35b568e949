/** The HTTP server: finds the route, asks the kernel who asks, and puts the answer into its envelope. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './envelope.ts';
import { envelope } from './envelope.ts';
import { failureOf, Refusal } from './failure.ts';
import { type Context, routesOf } from './routes.ts';

/** Who is at the other end; throws where the kernel does not say. */
export type PeerUid = (socket: Socket) => number;

/** Requests with a larger rest than that after a refusal are cut off instead of being read to their end. */
const maxDrainBytes = 1 << 30;

export function apiServer(context: Context, peerUid: PeerUid): Server {
  // Asked once, when the connection comes: later the kernel may have given the pid to somebody else.
  const uids = new WeakMap<Socket, number>();
  const server = createServer((message, response) => {
    void respond(context, uids.get(message.socket), message, response);
  });
  server.on('connection', (socket: Socket) => {
    try {
      uids.set(socket, peerUid(socket));
    } catch {
      // Without the kernel's word it is nobody: allowed to read, as everybody is.
    }
  });
  // An upload of a large snap takes as long as it takes; only a connection that says nothing at all is closed.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.maxConnections = 64;
  return server;
}

async function respond(
  context: Context,
  uid: number | undefined,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await answerTo(context, uid, message).catch(failureOf);
  if (response.destroyed) return;
  const { status, text } = envelope(answer, context.device.parts.restart.maintenance);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
  drain(message);
}

async function answerTo(context: Context, uid: number | undefined, message: IncomingMessage): Promise<Answer> {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const { found, name } = routesOf(url.pathname);
  if (found.length === 0) throw new Refusal(404, 'not found');
  const route = found.find((candidate) => candidate.method === message.method);
  if (route === undefined) throw new Refusal(405, `method "${message.method}" not allowed`);
  if (route.access === 'root' && uid !== 0) {
    throw new Refusal(401, 'access denied', { kind: 'login-required' });
  }
  return route.answer(context, { message, query: url.searchParams, name });
}

/** A client that still sends reads its answer only afterwards, so what it sends is read away, up to a bound. */
function drain(message: IncomingMessage): void {
  if (message.readableEnded) return;
  let bytes = 0;
  message.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > maxDrainBytes) message.destroy();
  });
  message.on('error', () => {});
}
