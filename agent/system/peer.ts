/** Who is at the other end of a connection, by the kernel's word. */
import type { Socket } from 'node:net';
import { type Native, NativeError, type PeerCredentials } from './native/native.ts';

export type PeerErrorCode = 'closed' | 'not-unix';

export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: PeerErrorCode;

  constructor(code: PeerErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The credentials of the process that connected, as they were at connect(2). Ask once, when the connection comes: a pid may
 * have been given to another process since, so it is for messages only; uid and gid decide. Throws PeerError.
 */
export function peerOf(socket: Socket, native: Pick<Native, 'peercred'>): PeerCredentials {
  // Node has no public way to a socket's descriptor.
  const handle = (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle;
  const fd = handle?.fd;
  if (fd === undefined || fd < 0) throw new PeerError('closed', 'cannot tell who asks: the connection is closed');
  try {
    return native.peercred(fd);
  } catch (cause) {
    if (!(cause instanceof NativeError)) throw cause;
    throw new PeerError('not-unix', `cannot tell who asks: it is no unix socket (${cause.errno ?? cause.code})`, {
      cause,
    });
  }
}
