/** A store for the lab's device: a server of this host that answers whatever it is asked, and that can go away. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { GuestService } from '../../../images/qemu/arguments.ts';

const ADDRESS = '10.0.2.100';
const PORT = 80;

/** Where the device finds it (`health.store-url`). */
export const STORE_URL = `http://${ADDRESS}/`;

export interface LabStore {
  /** For the machine of the device. */
  readonly service: GuestService;
  /** From then on connections are closed without an answer. */
  close(): Promise<void>;
}

export async function openStore(): Promise<LabStore> {
  const server = createServer((_request, response) => response.end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the store of the lab has no port');
  return {
    service: { address: ADDRESS, port: PORT, hostPort: address.port },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
