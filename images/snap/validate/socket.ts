import type { DaemonScope, Socket } from '../model.ts';
import { isSocketName } from '../names.ts';
import { cleanPath } from '../path.ts';
import { quote } from '../quote.ts';

const SYSTEM_PLACES = ['$SNAP_DATA/', '$SNAP_COMMON/', '$XDG_RUNTIME_DIR/'];
const USER_PLACES = ['$SNAP_USER_DATA/', '$SNAP_USER_COMMON/', '$XDG_RUNTIME_DIR/'];
const HOSTS = ['127.0.0.1', '[::1]', '[::]'];

/** What is wrong with a socket; undefined where it is good. */
export function socketProblem(
  snap: string,
  scope: DaemonScope | '',
  name: string,
  { mode, listenStream }: Socket,
): string | undefined {
  if (!isSocketName(name)) return `invalid socket name: ${quote(name)}`;
  if (mode > 0o777) return `cannot use mode: ${mode.toString(8).padStart(4, '0')}`;
  if (listenStream === '') return '"listen-stream" is not defined';
  if (/^[/$]/.test(listenStream)) return pathProblem(scope, listenStream);
  if (!listenStream.startsWith('@')) return netProblem(listenStream);
  const prefix = `@snap.${snap}.`;
  return listenStream.startsWith(prefix)
    ? undefined
    : `path for "listen-stream" must be prefixed with ${quote(prefix)}`;
}

function pathProblem(scope: DaemonScope | '', path: string): string | undefined {
  const invalid = 'invalid "listen-stream":';
  const clean = cleanPath(path);
  if (clean !== path) return `${invalid} ${quote(path)} should be written as ${quote(clean)}`;
  if (scope === '') return `${invalid} cannot validate sockets for daemon-scope ""`;
  if (scope === 'system') {
    if (SYSTEM_PLACES.some((place) => path.startsWith(place))) return undefined;
    return `${invalid} system daemon sockets must have a prefix of $SNAP_DATA, $SNAP_COMMON or $XDG_RUNTIME_DIR`;
  }
  if (USER_PLACES.some((place) => path.startsWith(place))) return undefined;
  return `${invalid} user daemon sockets must have a prefix of $SNAP_USER_DATA, $SNAP_USER_COMMON, or $XDG_RUNTIME_DIR`;
}

function netProblem(address: string): string | undefined {
  const at = address.lastIndexOf(':');
  if (at >= 0) {
    const host = address.slice(0, at);
    if (!HOSTS.includes(host)) {
      return `invalid "listen-stream" address ${quote(host)}, must be one of: ${HOSTS.join(', ')}`;
    }
  }
  const port = address.slice(at + 1);
  const good = /^[0-9]+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535;
  return good ? undefined : `invalid "listen-stream" port number ${quote(port)}`;
}
