/** Asks an HTTP server for as little as possible. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

type Request = (url: string, options: RequestOptions, heard: (answer: IncomingMessage) => void) => ClientRequest;

/**
 * The status of the answer to a HEAD request.
 * @throws where there is none, or the server is not the one it should be
 */
export async function head(url: string, signal: AbortSignal): Promise<number> {
  // TLS takes some megabytes: loaded only where it is needed.
  const { request }: { request: Request } = url.startsWith('https:')
    ? await import('node:https')
    : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const asked = request(url, { method: 'HEAD', signal, agent: false }, (answer) => {
    resolve(answer.statusCode ?? 0);
    answer.destroy();
  });
  asked.on('error', reject);
  asked.end();
  return promise;
}
