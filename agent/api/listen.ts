/** Serving on the daemon's sockets: handed over by systemd (sd_listen_fds(3)), or made under `--root`. */
import { chmod, mkdir, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname } from 'node:path';

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
