import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createListener } from 'node:net';
import t from 'tap';
import { head } from './head.ts';

const { signal } = new AbortController();

t.test('the status of the answer to as little as possible', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.statusCode = 503;
    response.end('text');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  t.equal(await head(`http://127.0.0.1:${port}/v2?x=1`, signal), 503);
  t.strictSame(asked, ['HEAD /v2?x=1']);
  await t.rejects(head(`https://127.0.0.1:${port}/`, signal), Error, 'a server without TLS is another one');
});

t.test('no answer is an error, and so is one that comes too late', async (t) => {
  const silent = createListener();
  const over = new AbortController();
  silent.on('connection', () => over.abort());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  await t.rejects(head(`http://127.0.0.1:${port}/`, over.signal), { name: 'AbortError' });
  await t.rejects(head('http://127.0.0.1:1/', signal), { code: 'ECONNREFUSED' });
});
