import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { boundaryOf, readForm } from '../api/multipart.ts';
import { helpOf, readArguments } from './arguments.ts';
import type { Answer, Client } from './client.ts';
import { orderShapes } from './command-shapes.ts';
import { orderOf } from './orders.ts';
import { orderCommands } from './snap-commands.ts';
import { snapHelp } from './snap-help.ts';
import { usage } from './usage.ts';

const read = (line: string) => readArguments(line.split(' '), {});

t.test('every command becomes one request', (t) => {
  const cases: readonly (readonly [line: string, path: string, body: unknown])[] = [
    ['refresh', '/v2/snaps', { action: 'refresh' }],
    ['refresh a', '/v2/snaps/a', { action: 'refresh' }],
    [
      'refresh a --channel edge --ignore-running --amend',
      '/v2/snaps/a',
      { action: 'refresh', channel: 'edge', 'ignore-running': true, amend: true },
    ],
    [
      'refresh a b --transaction all-snaps',
      '/v2/snaps',
      { action: 'refresh', snaps: ['a', 'b'], transaction: 'all-snaps' },
    ],
    ['revert a', '/v2/snaps/a', { action: 'revert' }],
    ['revert a --revision 3 --devmode', '/v2/snaps/a', { action: 'revert', revision: '3', devmode: true }],
    ['remove a --purge --revision x2', '/v2/snaps/a', { action: 'remove', purge: true, revision: 'x2' }],
    ['remove a b --terminate', '/v2/snaps', { action: 'remove', snaps: ['a', 'b'], terminate: true }],
    ['enable a_b', '/v2/snaps/a_b', { action: 'enable' }],
    ['save', '/v2/snaps', { action: 'snapshot' }],
    ['save a --users me,you', '/v2/snaps', { action: 'snapshot', snaps: ['a'], users: ['me', 'you'] }],
    ['check-snapshot 3', '/v2/snapshots', { action: 'check', set: 3 }],
    ['restore 3 a b --users me', '/v2/snapshots', { action: 'restore', set: 3, snaps: ['a', 'b'], users: ['me'] }],
    ['forget 3 a', '/v2/snapshots', { action: 'forget', set: 3, snaps: ['a'] }],
    ['disable ../a?', '/v2/snaps/..%2Fa%3F', { action: 'disable' }],
    ['switch a --channel 2.0/beta', '/v2/snaps/a', { action: 'switch', channel: '2.0/beta' }],
    ['hold', '/v2/snaps', { action: 'hold', time: 'forever', 'hold-level': 'auto-refresh' }],
    [
      'hold a --until 2027-01-31T00:00:00Z --level general',
      '/v2/snaps/a',
      { action: 'hold', time: '2027-01-31T00:00:00Z', 'hold-level': 'general' },
    ],
    ['alias a.b c', '/v2/aliases', { action: 'alias', snap: 'a', app: 'b', alias: 'c' }],
    ['alias a c.d', '/v2/aliases', { action: 'alias', snap: 'a', app: 'a', alias: 'c.d' }],
    ['alias a_x c', '/v2/aliases', { action: 'alias', snap: 'a_x', app: 'a', alias: 'c' }],
    ['unalias c', '/v2/aliases', { action: 'unalias', snap: 'c', alias: 'c' }],
    ['prefer a', '/v2/aliases', { action: 'prefer', snap: 'a' }],
    ['unhold a b', '/v2/snaps', { action: 'unhold', snaps: ['a', 'b'] }],
  ];
  for (const [line, path, body] of cases) t.strictSame(orderOf(read(line)), { path, body }, line);
  t.throws(() => orderOf(read('switch a')), { code: 'usage', message: /--channel/ });
  t.throws(() => orderOf(read('forget a')), { code: 'usage', message: /named by its number/ });
  t.end();
});

t.test('mistakes in the command line are named before anything is sent', (t) => {
  const bad: readonly (readonly [line: string, message: RegExp])[] = [
    ['install', /install takes arguments: FILE\.\.\./],
    ['remove', /remove takes arguments: SNAP\.\.\./],
    ['alias a.b', /alias takes arguments: SNAP\.APP ALIAS/],
    ['alias a.b c d', /alias takes arguments: SNAP\.APP ALIAS/],
    ['unalias', /unalias takes one argument: ALIAS\|SNAP/],
    ['plan aliases', /"aliases" changes nothing/],
    ['enable a b', /enable takes one argument: SNAP/],
    ['enable a --channel x', /enable has no option --channel/],
    ['revert a --dangerous', /revert has no option --dangerous/],
    ['list --purge', /list has no option --purge/],
    ['plan status', /"status" changes nothing that could be planned/],
    ['plan nonsense', /no command "nonsense"/],
    ['plan remove a --no-wait', /plan remove has no option --no-wait/],
    ['plan enable', /enable takes one argument/],
    ['constructor', /no command "constructor"/],
  ];
  for (const [line, message] of bad) t.throws(() => read(line), { code: 'usage', message }, line);
  t.match(read('plan remove a --purge'), { command: 'remove', plan: true, operands: ['a'], options: { purge: true } });
  t.match(read('remove a'), { plan: false });
  t.end();
});

t.test('every command has its help', (t) => {
  const help = (line: string) => {
    const { command, operands } = read(line);
    return command === 'help' ? helpOf(operands[0]) : undefined;
  };
  for (const [command, text] of Object.entries(snapHelp)) {
    t.equal(help(`${command} --help`), text, command);
    t.equal(help(`help ${command}`), text, command);
    t.match(text, new RegExp(`^Usage: holdfast ${command}`));
  }
  for (const [command, { options }] of Object.entries(orderShapes)) {
    t.match(usage, new RegExp(`\\b${command}\\b`), `${command} stands in the overview`);
    for (const option of options) t.match(snapHelp[command], new RegExp(`--${option}\\b`), `${command} --${option}`);
  }
  t.equal(help('plan'), snapHelp['plan']);
  t.equal(help('plan remove --help'), snapHelp['plan']);
  t.end();
});

interface Sent {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** Runs a command against a daemon that answers with `answers`, in turn. */
async function run(args: readonly string[], ...answers: readonly Partial<Answer>[]) {
  const left = [...answers];
  const sent: Sent[] = [];
  const next = (): Answer => ({ result: undefined, change: undefined, maintenance: undefined, ...left.shift() });
  const client: Client = {
    download: () => Promise.reject(new Error('there is nothing')),
    get: async () => next(),
    async post(path, { contentType, body }) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(Buffer.from(chunk));
      sent.push({ path, type: contentType, bytes: Buffer.concat(chunks) });
      return next();
    },
  };
  const out: string[] = [];
  const terminal = { isTty: false, out: (text: string) => out.push(text), err: () => {} };
  const parsed = readArguments(args, {});
  const failure = await orderCommands[parsed.command]?.(client, parsed, terminal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { sent, out: out.join(''), failure };
}

const done = { result: { ready: true, status: 'Done', tasks: [{ summary: 'Do it', status: 'Done' }] } };

t.test('a change is followed, or only named', async (t) => {
  t.match(await run(['enable', 'a'], { change: '7' }, done), { out: 'Do it\nDone.\n', failure: undefined });
  t.match(await run(['enable', 'a', '--no-wait'], { change: '7' }), { out: '7\n' });
  t.match(await run(['enable', 'a', '--no-wait', '--json'], { change: '7' }), { out: '{"change":"7"}\n' });
  t.match(await run(['enable', 'a', '--json'], { change: '7' }, done), { out: '{"change":"7","end":"done"}\n' });
  t.match(await run(['enable', 'a'], {}), { failure: { code: 'protocol' } });
});

t.test('a plan is asked for and printed, and nothing is followed', async (t) => {
  const content = 'Remove "a" snap (remove-snap)\n\x1b[2J';
  const text = await run(['plan', 'remove', 'a', '--purge'], { result: { format: 'text', content } });
  t.equal(text.out, 'Remove "a" snap (remove-snap)\n\ufffd[2J', 'nothing in it commands the terminal');
  t.equal(text.sent[0]?.path, '/v2/snaps/a?plan=text');
  t.strictSame(JSON.parse(String(text.sent[0]?.bytes)), { action: 'remove', purge: true });
  const json = await run(['plan', 'remove', 'a', '--json'], { result: { tasks: [] } });
  t.strictSame([json.sent[0]?.path, JSON.parse(json.out)], ['/v2/snaps/a?plan=json', { tasks: [] }]);
  t.match(await run(['plan', 'remove', 'a'], { change: '1' }), { failure: { code: 'protocol' } });
});

t.test('files are sent as one form, whatever they are called', async (t) => {
  const directory = t.testdir();
  const first = join(directory, 'a "b".snap');
  const second = join(directory, 'c.snap');
  await writeFile(first, 'one');
  await writeFile(second, '');
  const form = async ({ sent: [request] }: Awaited<ReturnType<typeof run>>) => {
    const files: (readonly [string, string])[] = [];
    const bytes = request?.bytes ?? Buffer.alloc(0);
    const fields = await readForm(Readable.from([bytes]), boundaryOf(request?.type) ?? '', async (file) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.content) chunks.push(chunk);
      files.push([file.fileName, Buffer.concat(chunks).toString()]);
    });
    return { path: request?.path, fields: Object.fromEntries(fields), files };
  };
  const one = await run(['install', first, '--dangerous', '--name', 'a_b', '--no-wait'], { change: '1' });
  t.strictSame(await form(one), {
    path: '/v2/snaps',
    fields: { action: 'install', name: 'a_b', 'snap-path': first, dangerous: 'true', transaction: 'per-snap' },
    files: [['a "b".snap', 'one']],
  });
  const both = await run(['plan', 'install', first, second, '--devmode', '--transaction', 'all-snaps'], {
    result: { content: '' },
  });
  t.strictSame(await form(both), {
    path: '/v2/snaps?plan=text',
    fields: { action: 'install', devmode: 'true', transaction: 'all-snaps' },
    files: [
      ['a "b".snap', 'one'],
      ['c.snap', ''],
    ],
  });
  t.match(await run(['install', first, join(directory, 'gone')]), {
    sent: [],
    failure: { code: 'file', message: /gone: no such file$/ },
  });
});
