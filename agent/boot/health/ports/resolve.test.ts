import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import { resolve } from './resolve.ts';

/** A name server that gives each question the same answer: RCODE, and an address where that is 0. */
async function nameServer(t: { teardown(end: () => unknown): void }, rcode: number): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const header = Buffer.from([0, 0, 0x81, 0x80 | rcode, 0, 1, 0, rcode === 0 ? 1 : 0, 0, 0, 0, 0]);
    question.copy(header, 0, 0, 2);
    let end = 12;
    while (question[end] !== 0) end += (question[end] ?? 0) + 1;
    const asked = question.subarray(12, end + 5);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7]);
    socket.send(Buffer.concat([header, asked, ...(rcode === 0 ? [record] : [])]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

const { signal } = new AbortController();

t.test('an address and "no such name" are answers', async (t) => {
  const knowing = await nameServer(t, 0);
  t.equal(await resolve('a.example', signal, [knowing]), 'a name server says that a.example is at 192.0.2.7');
  const ignorant = await nameServer(t, 3);
  t.equal(await resolve('a.example', signal, [ignorant]), 'a name server says that it knows no a.example');
});

t.test('a server that cannot say is no answer', async (t) => {
  const broken = await nameServer(t, 2);
  await t.rejects(resolve('a.example', signal, [broken]), { code: 'ESERVFAIL' });
});

t.test('a question is given up with its signal', async (t) => {
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const over = new AbortController();
  silent.once('message', () => over.abort());
  await t.rejects(resolve('a.example', over.signal, [`127.0.0.1:${silent.address().port}`]), { code: 'ECANCELLED' });
});
