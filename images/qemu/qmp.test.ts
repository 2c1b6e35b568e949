import { type Duplex, duplexPair } from 'node:stream';
import t from 'tap';
import { EventLog, type MachineEvent } from './events.ts';
import { LineSplitter, parseMessage, QmpClient, QmpCommandError } from './qmp.ts';

const GREETING = '{"QMP": {"version": {}, "capabilities": ["oob"]}}\r\n';

interface Command {
  readonly execute: string;
  readonly arguments: unknown;
  readonly id: number;
}

/** A QEMU that answers as told; gives what it was asked. */
function fakeQemu(answer: (command: Command) => string | undefined): { stream: Duplex; end: Duplex; asked: Command[] } {
  const [stream, end] = duplexPair();
  const asked: Command[] = [];
  const lines = new LineSplitter();
  end.on('data', (chunk: Buffer) => {
    for (const line of lines.push(chunk)) {
      const command: Command = JSON.parse(line);
      asked.push(command);
      const text = answer(command);
      if (text !== undefined) end.write(`${text}\n`);
    }
  });
  end.write(GREETING);
  return { stream, end, asked };
}

const agree = ({ id }: Command) => JSON.stringify({ return: {}, id });

t.test('LineSplitter gives whole lines however the bytes come', async (t) => {
  const text = '{"a":"é"}\r\n\n{"b":2}\n{"c"';
  for (const size of [1, 2, 3, 7, text.length * 2]) {
    const splitter = new LineSplitter();
    const bytes = Buffer.from(text);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
    t.same(lines, ['{"a":"é"}', '{"b":2}'], `chunks of ${size}`);
    t.same(splitter.push(Buffer.from(':3}\n')), ['{"c":3}']);
  }
});

t.test('LineSplitter refuses a line without an end', async (t) => {
  const splitter = new LineSplitter();
  splitter.push(Buffer.alloc(4 * 1024 * 1024, 'x'));
  t.throws(() => splitter.push(Buffer.from('x')), { code: 'qmp-protocol' });
});

t.test('parseMessage tells the kinds of message apart', async (t) => {
  t.same(parseMessage(GREETING), { type: 'greeting' });
  t.same(parseMessage('{"return": [1], "id": 3}'), { type: 'return', id: 3, value: [1] });
  t.same(parseMessage('{"error": {"class": "CommandNotFound", "desc": "no"}, "id": 4}'), {
    type: 'error',
    id: 4,
    kind: 'CommandNotFound',
    description: 'no',
  });
  const stamp = '"timestamp": {"seconds": 12, "microseconds": 345678}';
  t.same(parseMessage(`{"event": "RESET", "data": {"guest": true}, ${stamp}}`), {
    type: 'event',
    event: { name: 'RESET', data: { guest: true }, timeMs: 12_345 },
  });
  for (const line of ['', 'null', '[]', '{', '{}', '{"return": 1}', '{"return": 1, "id": "x"}', '{"error": "x"}']) {
    t.throws(() => parseMessage(line), { code: 'qmp-protocol', message: /^cannot / }, line);
  }
});

t.test('QmpClient negotiates, then matches answers to commands by their ids', async (t) => {
  const held: Command[] = [];
  const { stream, end, asked } = fakeQemu((command) => {
    if (command.execute === 'qmp_capabilities') return agree(command);
    held.push(command);
    return held.length < 2
      ? undefined
      : held
          .toReversed()
          .map(({ id, execute }) => JSON.stringify({ return: execute, id }))
          .join('\n');
  });
  const client = new QmpClient(stream);
  await client.negotiate();
  t.same(await Promise.all([client.execute('first', { a: 1 }), client.execute('second')]), ['first', 'second']);
  t.match(asked, [{ execute: 'qmp_capabilities' }, { execute: 'first', arguments: { a: 1 } }, { execute: 'second' }]);
  end.destroy();
});

t.test('QmpClient turns a refusal into an error that names the command and its class', async (t) => {
  const { stream } = fakeQemu(({ id, execute }) =>
    execute === 'anonymous'
      ? '{"error": {"class": "GenericError", "desc": "JSON parse error"}}'
      : JSON.stringify({ error: { class: 'DeviceNotFound', desc: 'no such device' }, id }),
  );
  const client = new QmpClient(stream);
  const error = await client.execute('device_del').catch((reason: unknown) => reason);
  t.type(error, QmpCommandError);
  t.match(error, { code: 'qmp-command', command: 'device_del', kind: 'DeviceNotFound', message: /no such device/ });
  await t.rejects(client.execute('anonymous'), { message: /anonymous: JSON parse error/ });
});

t.test('QmpClient gives up: in time, when QEMU ends, and at once afterwards', async (t) => {
  const { stream, end } = fakeQemu(() => undefined);
  const client = new QmpClient(stream);
  await t.rejects(client.execute('slow', {}, { timeoutMs: 1 }), { code: 'timeout', message: /slow within 1 ms/ });
  const waiting = t.rejects(client.execute('never'), { code: 'exited' });
  end.destroy();
  stream.destroy();
  await waiting;
  await t.rejects(client.execute('after'), { code: 'exited' });
  await t.rejects(client.negotiate(), { code: 'exited' });
});

t.test('QmpClient takes the reason it is given first', async (t) => {
  const { stream } = fakeQemu(() => undefined);
  const client = new QmpClient(stream);
  const waiting = t.rejects(client.execute('never'), { message: 'first' });
  client.end(new Error('first'));
  client.end(new Error('second'));
  await waiting;
});

t.test('QmpClient closes a connection on which something else is spoken', async (t) => {
  const [stream, end] = duplexPair();
  const client = new QmpClient(stream);
  end.write('hello\n');
  await t.rejects(client.negotiate(), { code: 'qmp-protocol' });
  t.ok(stream.destroyed);
});

t.test('QmpClient survives a connection that is reset', async (t) => {
  const { stream } = fakeQemu(() => undefined);
  const client = new QmpClient(stream);
  const waiting = t.rejects(client.execute('quit'), { code: 'exited', message: /ECONNRESET/ });
  stream.destroy(new Error('read ECONNRESET'));
  await waiting;
});

t.test('EventLog finds past and coming events', async (t) => {
  const { stream, end } = fakeQemu(() => undefined);
  const log = new EventLog();
  log.open();
  new QmpClient(stream, (event) => log.append(event));
  const announce = (event: string, data = {}) => end.write(`${JSON.stringify({ event, data, timestamp: {} })}\n`);
  announce('RESET', { guest: true });
  t.match(await log.wait('RESET'), { data: { guest: true } });
  t.match(await log.wait('RESET'), { data: { guest: true } }, 'a past event can be seen again');
  const after = log.length;
  const where = ({ data }: MachineEvent) => data['guest'] === false;
  const coming = Promise.all([log.wait('RESET', { after }), log.wait('RESET', { where })]);
  announce('STOP');
  announce('RESET', { guest: true });
  announce('RESET', { guest: false });
  t.match(await coming, [{ data: { guest: true } }, { data: { guest: false } }]);
  t.same(
    log.list().map(({ name }) => name),
    ['RESET', 'STOP', 'RESET', 'RESET'],
  );
});

t.test('EventLog rejects late, ended and never begun waits, but still shows the past', async (t) => {
  const log = new EventLog();
  await t.rejects(log.wait('RESET'), { code: 'not-running' });
  log.open();
  log.append({ name: 'STOP', data: {}, timeMs: 0 });
  await t.rejects(log.wait('RESET', { timeoutMs: 1 }), { code: 'timeout', message: /RESET within 1 ms; seen: STOP/ });
  const waiting = t.rejects(log.wait('RESET'), { message: 'gone' });
  log.end(new Error('gone'));
  await waiting;
  await t.rejects(log.wait('RESET'), { message: 'gone' });
  t.match(await log.wait('STOP'), { name: 'STOP' });
});
