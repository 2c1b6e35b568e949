import { once } from 'node:events';
import http, { Agent, createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { temporaryDirectory } from '../fixture.ts';
import { connectTo } from './client.ts';

t.test('the daemon has any time for what is asked of it, whatever the limit of Node is', async (t) => {
  const { globalAgent } = http;
  t.teardown(() => {
    http.globalAgent = globalAgent;
  });
  http.globalAgent = new Agent({ keepAlive: true, timeout: 20 });
  const socket = join(await temporaryDirectory(t), 's');
  const server = createServer(async (_, response) => {
    // Five times the limit: an answer that comes later than that is the case.
    await sleep(100);
    response.end(JSON.stringify({ type: 'sync', result: ['done'] }));
  });
  t.teardown(() => server.close());
  server.listen(socket);
  await once(server, 'listening');
  const answer = await connectTo(socket).post('/x', { contentType: 'text/plain', body: Readable.from(['x']) });
  t.same(answer.result, ['done']);
});
