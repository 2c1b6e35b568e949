import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { helpOf, readArguments } from './arguments.ts';
import { bootCommands } from './boot.ts';
import { bootHelp, bootUsage } from './boot-help.ts';
import type { Answer, Client } from './client.ts';
import { showStatus } from './show.ts';
import { showBoots, showFindings, showWhy } from './show-boot.ts';

t.test('the commands about boots are read, and mistakes in them are named', (t) => {
  const read = (line: string) => readArguments(line.split(' '), {});
  t.match(read('boot log --json'), { command: 'boot log', operands: [], json: true });
  t.match(read('boot why'), { command: 'boot why', operands: [] });
  t.match(read('boot why 7'), { command: 'boot why', operands: ['7'] });
  t.match(read('boot timeline --html f.html'), { command: 'boot timeline', html: 'f.html' });
  t.match(read('boot timeline --html -'), { html: '-' });
  t.match(read('boot reject --reason=leaks'), { command: 'boot reject', reason: 'leaks' });
  t.match(read('--root /r boot confirm'), { command: 'boot confirm', root: '/r', reason: undefined });
  const bad: readonly (readonly [line: string, message: RegExp])[] = [
    ['boot nonsense', /no command "boot nonsense"/],
    ['boot log 1', /boot log takes no arguments/],
    ['boot why 1 2', /boot why takes one argument: \[N\]/],
    ['boot log --html f', /boot log has no option --html/],
    ['boot why --reason x', /boot why has no option --reason/],
    ['status --reason x', /status has no option --reason/],
    ['boot confirm --no-wait', /boot confirm has no option --no-wait/],
    ['boot timeline --html', /argument/],
    ['boot timeline --html f --json', /exclude each other/],
    ['log', /no command "log"/],
    ['why', /no command "why"/],
  ];
  for (const [line, message] of bad) t.throws(() => read(line), { code: 'usage', message }, line);
  t.end();
});

t.test('every command about boots has its help', (t) => {
  const help = (line: string) => {
    const { command, operands } = readArguments(line.split(' '), {});
    return command === 'help' ? helpOf(operands[0]) : undefined;
  };
  t.strictSame(Object.keys(bootHelp), Object.keys(bootCommands));
  for (const [command, text] of Object.entries(bootHelp)) {
    t.equal(help(`${command} --help`), text, command);
    t.equal(help(`help ${command}`), text, command);
    t.match(text, new RegExp(`^Usage: holdfast ${command}`));
    t.ok(bootUsage.includes(`\n  ${command.slice(5)} `), `${command} stands in the overview`);
  }
  for (const line of ['boot', 'boot --help', 'help boot', 'boot nonsense --help']) t.equal(help(line), bootUsage, line);
  for (const line of ['help', '--help', 'status -h', 'help nonsense']) t.match(help(line), /boot COMMAND/, line);
  t.end();
});

interface Asked {
  readonly path: string;
  readonly body: unknown;
}

/** Runs a command against a daemon that answers everything with `result`. */
async function run(line: string, result: unknown) {
  const asked: Asked[] = [];
  const answer: Answer = { result, change: undefined, maintenance: undefined };
  const client: Client = {
    download: () => Promise.reject(new Error('there is nothing')),
    async get(path) {
      asked.push({ path, body: undefined });
      return answer;
    },
    async post(path, { contentType, body }) {
      t.equal(contentType, 'application/json');
      asked.push({ path, body: JSON.parse(Buffer.concat(await body.toArray()).toString()) });
      return answer;
    },
  };
  const out: string[] = [];
  const args = readArguments(line.split(' '), {});
  const terminal = { isTty: false, out: (text: string) => out.push(text), err: () => {} };
  const failure = await bootCommands[args.command]?.(client, args, terminal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { asked, out: out.join(''), failure };
}

t.test('each command asks its own question', async (t) => {
  const cases: readonly (readonly [line: string, path: string, body?: unknown])[] = [
    ['boot log', '/v2/holdfast/boots?limit=1000'],
    ['boot why', '/v2/holdfast/boots/why'],
    ['boot why 7', '/v2/holdfast/boots/why?boot=7'],
    ['boot why a&b', '/v2/holdfast/boots/why?boot=a%26b'],
    ['boot confirm', '/v2/holdfast/boot', { action: 'confirm' }],
    ['boot reject --reason leaks', '/v2/holdfast/boot', { action: 'reject', reason: 'leaks' }],
    ['boot verify', '/v2/holdfast/boot', { action: 'verify' }],
  ];
  for (const [line, path, body] of cases) t.strictSame((await run(line, [])).asked, [{ path, body }], line);
  t.match((await run('boot confirm', {})).out, /^Confirmed: /);
  t.match((await run('boot reject', {})).out, /^Rejected: the device reboots/);
  const result = [{ any: 'thing' }];
  for (const [line] of cases) t.strictSame(JSON.parse((await run(`${line} --json`, result)).out), result, line);
});

t.test('the timeline goes to the terminal, to a file or to the standard output', async (t) => {
  const content = 'a\x1b[2J\nb\n';
  const text = await run('boot timeline', { format: 'text', content });
  t.strictSame(text.asked, [{ path: '/v2/holdfast/timeline?format=text', body: undefined }]);
  t.equal(text.out, 'a\ufffd[2J\nb\n', 'nothing that was recorded commands the terminal');
  const file = join(t.testdir(), 'page.html');
  const page = await run(`boot timeline --html ${file}`, { format: 'html', content });
  t.strictSame(page.asked, [{ path: '/v2/holdfast/timeline?format=html', body: undefined }]);
  t.equal(page.out, '');
  t.equal(await readFile(file, 'utf8'), content);
  t.equal((await run('boot timeline --html -', { content })).out, content);
  t.match((await run(`boot timeline --html ${file}/x`, { content })).failure, {
    code: 'file',
    message: /^cannot write .*: ENOTDIR/,
  });
  t.match((await run('boot timeline', {})).failure, { code: 'protocol' });
});

t.test('what is not fit to fall back to is an error, unless it was mended', async (t) => {
  const fit = { file: 'k_x1.snap', what: 'snap', state: 'fit' };
  const rotten = { file: 'k_x1.snap', what: 'kernel.img', state: 'rotten' };
  t.match(await run('boot verify', [fit]), { out: '1 checked, 1 fit\n', failure: undefined });
  t.match(await run('boot verify', [fit, { ...rotten, mended: true }]), {
    out: 'k_x1.snap  kernel.img  rotten, mended\n2 checked, 1 fit\n',
    failure: undefined,
  });
  t.match(await run('boot verify', [rotten, fit]), {
    out: 'k_x1.snap  kernel.img  rotten\n2 checked, 1 fit\n',
    failure: { code: 'failed', exitCode: 1 },
  });
  t.match(await run('boot verify --json', [rotten]), { out: /"rotten"/, failure: { code: 'failed' } });
});

t.test('boots are shown as a table', (t) => {
  t.equal(showBoots([]), 'No boots recorded yet.\n');
  t.equal(showBoots('nonsense'), 'No boots recorded yet.\n');
  const set = { kernel: 'k_x1.snap', base: 'b_x1.snap' };
  const boots = [
    {
      boot: 9,
      time: '2026-11-20T09:30:01.5Z',
      reset: 'warm',
      set,
      verdict: { kind: 'good', reason: 'all well' },
      end: { how: 'running' },
    },
    {
      boot: 8,
      time: '',
      reset: 'cold',
      trial: true,
      set,
      end: { how: 'panic', cause: { code: 'panic', message: 'it\x1b died' } },
    },
    { boot: 7, time: '2026-11-20T09:00:00Z', end: { how: 'shutdown' } },
  ];
  const lines = showBoots(boots).split('\n');
  t.match(lines[0], /^Boot +Time +Reset +Trial +Set +How it ended$/);
  t.match(
    lines[1],
    /^9 +2026-11-20 09:30:01 +warm +- +kernel k_x1.snap, base b_x1.snap +running, verdict good: all well$/,
  );
  t.match(lines[2], /^8 +- +cold +trial +kernel k_x1.snap, base b_x1.snap +panic: it\ufffd died$/);
  t.match(lines[3], /^7 +2026-11-20 09:00:00 +- +- +- +shutdown$/);
  t.equal(showWhy({ why: ['Boot 8', 'Cause: panic: x'] }), 'Boot 8\nCause: panic: x\n');
  t.equal(showWhy({}), '-\n');
  t.equal(showFindings([]), '0 checked, 0 fit\n');
  t.end();
});

t.test('the status tells what is held back and what is not fit, and nothing where there is none', (t) => {
  const text = showStatus({
    unfit: [{ file: 'k_x1.snap', what: 'snap', state: 'missing' }],
    'held-back': [
      { name: 'k', revision: 'x2', failures: 1, cause: 'panic', until: '2026-11-20T09:30:01Z' },
      { name: 'b', revision: 'x3', failures: 3, cause: 'verdict', until: '2026-11-21T09:30:01Z' },
    ],
  });
  t.match(text, /\nNot fit to fall back to\n {2}k_x1.snap {2}snap {2}missing\n\n/);
  t.match(text, /\n {2}k \(x2\): failed once, panic; held back until 2026-11-20 09:30:01\n/);
  t.match(text, /\n {2}b \(x3\): failed 3 times, verdict; held back until 2026-11-21 09:30:01\n/);
  const quiet = showStatus({ unfit: [], 'held-back': [] });
  t.notMatch(quiet, /Not fit/);
  t.notMatch(quiet, /not tried again/);
  t.end();
});
