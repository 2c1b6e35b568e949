/** The daemon's sockets: handed over by systemd (sd_listen_fds(3)), or made under `--root`. */
import { chmod, mkdir, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname } from 'node:path';

const firstDescriptor = 3;
const maxDescriptors = 16;

/** The descriptors that systemd passed to this very process; none where it passed some to another one. */
export function inheritedDescriptors(env: Readonly<Record<string, string | undefined>>, pid: number): number[] {
  if (env['LISTEN_PID'] !== String(pid)) return [];
  const count = Number(env['LISTEN_FDS']);
  if (!Number.isInteger(count) || count < 1 || count > maxDescriptors) return [];
  return Array.from({ length: count }, (_, at) => firstDescriptor + at);
}

/** Serves on an inherited descriptor. */
export function listenOn(server: Server, descriptor: number): Promise<void> {
  return listening(server, () => server.listen({ fd: descriptor }));
}

/** Serves on a socket of its own at `path`, open to every user: who may do what is decided by request. */
export async function listenAt(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // The state's lock is held: a socket that is there is left from a process that is gone.
  await unlink(path).catch(() => {});
  await listening(server, () => server.listen(path));
  await chmod(path, 0o666);
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen();
  });
}
