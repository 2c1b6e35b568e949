import { execFileSync, spawn } from 'node:child_process';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Console } from './console.ts';
import { SerialWitness } from './serial-witness.ts';
import { findResult, shellLine, ubootLine, withoutKernelMessages } from './shell.ts';

const NOISE = '[   12.345678] random: crng init done\r\n';

function openConsole(write: (text: string) => Promise<void> = async () => {}): Console {
  const console = new Console(write);
  console.open();
  return console;
}

const say = (console: Console, text: string) => console.feed(Buffer.from(text));

t.test('Console.expect goes on where the last match ended', async (t) => {
  const console = openConsole();
  say(console, 'one two one ');
  t.match(await console.expect('one'), { text: 'one', before: '' });
  t.match(await console.expect(/t(w)(x)?o/), { text: 'two', before: ' ', captures: ['w', undefined] });
  const coming = console.expect(/one.*three/);
  say(console, 'th');
  say(console, 'ree one');
  t.match(await coming, { text: 'one three' });
  t.match(await console.expect('one'), { before: ' ' });
});

t.test('Console.expect takes no notice of where a shared expression stopped', async (t) => {
  const console = openConsole();
  const pattern = /x/g;
  pattern.lastIndex = 5;
  say(console, 'xx');
  await console.expect(pattern);
  await console.expect(pattern);
  t.equal(pattern.lastIndex, 5);
});

t.test('Console puts characters together that came in pieces, and replaces what is none', async (t) => {
  const heard: string[] = [];
  const console = new Console(
    async () => {},
    (text) => heard.push(text),
  );
  console.open();
  for (const byte of Buffer.from('a●é')) console.feed(Uint8Array.of(byte));
  await console.expect('a●é');
  console.feed(Uint8Array.of(0xff, 0x21));
  await console.expect('\ufffd!');
  t.equal(heard.join(''), 'a●é\ufffd!');
});

t.test('Console.expect fails with the end of what was said', async (t) => {
  const console = openConsole();
  say(console, `${'x'.repeat(5000)}Kernel panic`);
  const late = await console.expect('login:', { timeoutMs: 1 }).catch((error: unknown) => error);
  t.match(late, { code: 'timeout', message: /^cannot see login: within 1 ms.*\nx+Kernel panic$/ });
  t.ok(String(late).length < 2200, 'but not with all of it');
  const waiting = t.rejects(console.expect('login:'), { code: 'exited', message: /powered off[\s\S]*Kernel panic$/ });
  console.end(new Error('powered off'));
  await waiting;
  await console.expect('Kernel', { timeoutMs: 1 });
  await t.rejects(console.expect('Kernel'), { code: 'exited' }, 'it was said only once');
  await t.rejects(console.send('x'), { message: 'powered off' });
  console.open();
  say(console, 'again');
  await console.expect('again');
});

t.test('Console.expect refuses a second waiter, before and after which the first one works', async (t) => {
  const console = openConsole();
  const first = console.expect('here');
  await t.rejects(console.expect('there'), { code: 'console-busy' });
  await t.rejects(console.run('true'), { code: 'console-busy' });
  say(console, 'here');
  await first;
});

t.test('Console cannot be used before the machine was started', async (t) => {
  const console = new Console(async () => {});
  await t.rejects(console.send('x'), { code: 'not-running' });
  await t.rejects(console.expect('x'), { message: /is off/ });
});

t.test('Console bounds what nobody reads', async (t) => {
  const console = openConsole();
  say(console, 'lost');
  for (let i = 0; i < 9; i++) console.feed(Buffer.alloc(1024 * 1024, 'x'));
  say(console, 'kept');
  const { before } = await console.expect('kept');
  t.notMatch(before, 'lost');
  t.equal(before.length, 8 * 1024 * 1024 - 4);
});

const COMMANDS = [
  { name: 'output with an end of line', command: 'echo hello', output: 'hello\n', status: 0 },
  { name: 'output without one', command: 'printf hello', output: 'hello', status: 0 },
  { name: 'no output', command: 'true', output: '', status: 0 },
  { name: 'failure', command: 'false', output: '', status: 1 },
  { name: 'both outputs', command: 'echo out; echo err >&2', output: 'out\nerr\n', status: 0 },
  { name: 'exit', command: 'echo a; exit 7; echo b', output: 'a\n', status: 7 },
  { name: 'quotes', command: `echo "it's" 'a "b"'`, output: `it's a "b"\n`, status: 0 },
  { name: 'several lines', command: 'for i in 1 2\ndo\n  echo $i\ndone', output: '1\n2\n', status: 0 },
  { name: 'a comment at the end', command: 'echo a # b', output: 'a\n', status: 0 },
  {
    name: 'its own markers in the text',
    command: 'echo hf-begin-1 hf-end-1',
    output: 'hf-begin-1 hf-end-1\n',
    status: 0,
  },
];

t.test('Console.run gets output and status from a real shell', async (t) => {
  for (const shell of ['dash', 'bash']) {
    const child = spawn(shell, []);
    child.stdin.write('exec 2>&1\n');
    const console = openConsole(async (text) => {
      // A terminal shows what is typed, quotes and all.
      say(console, text.replaceAll('\n', '\r\n> '));
      child.stdin.write(text);
    });
    child.stdout.on('data', (bytes: Buffer) => say(console, bytes.toString().replaceAll('\n', '\r\n')));
    for (const { name, command, ...result } of COMMANDS) {
      t.same(await console.run(command), result, `${shell}: ${name}`);
    }
    const syntax = await console.run('if');
    t.not(syntax.status, 0, `${shell}: a syntax error does not hang`);
    child.kill();
  }
});

t.test('findResult sees through kernel messages wherever they break in', async (t) => {
  const clean = 'hf-begin-3-0\r\nhello\r\nhf-end-3-1\r\n# ';
  for (let at = 0; at <= clean.length; at++) {
    const text = clean.slice(0, at) + NOISE + clean.slice(at);
    const found = findResult('3', text);
    t.same(found?.result, { output: 'hello\n', status: 1 }, `at ${at}`);
    const rest = text.slice(found?.consumed);
    t.equal(withoutKernelMessages(rest).text, '# ', `what follows is left, at ${at}`);
  }
});

t.test('findResult waits for all of the end marker', async (t) => {
  const whole = 'hf-begin-3-0\r\nhello\r\nhf-end-3-12\r\n';
  for (let length = 0; length < whole.length; length++) {
    t.equal(findResult('3', whole.slice(0, length)), undefined, `${length} characters`);
  }
  t.same(findResult('3', whole)?.result, { output: 'hello\n', status: 12 });
  t.equal(findResult('4', whole), undefined, 'and for its own');
});

t.test('findResult keeps kernel messages where they are the output', async (t) => {
  const text = `hf-begin-3-0\r\n${NOISE}hf-end-3-0\r\n`;
  t.equal(findResult('3', text, { keepKernelMessages: true })?.result.output, NOISE.replace('\r', ''));
  t.equal(findResult('3', text)?.result.output, '');
});

t.test('shellLine and ubootLine refuse what the other side would cut off', async (t) => {
  t.throws(() => shellLine('1', 'x'.repeat(1000)), { code: 'bad-argument', message: /1000 bytes a line/ });
  t.throws(() => shellLine('1', `${'x'.repeat(900)}\n`.repeat(5)), { code: 'bad-argument', message: /4000 in all/ });
  t.match(shellLine('1', `${'x'.repeat(900)}\n`.repeat(4)), /^echo hf-begin-1-\$\?; /);
  t.throws(() => ubootLine('1', 'x'.repeat(1000)), { code: 'bad-argument' });
  t.throws(() => ubootLine('1', 'a\nb'), { code: 'bad-argument' });
  t.equal(execFileSync('sh', ['-c', shellLine('9', "echo '")], { stdio: 'pipe' }).includes('hf-end-9-2'), true);
});

t.test('SerialWitness adds what the pty lost at the end, of this run only', async (t) => {
  const log = join(t.testdir(), 'serial.log');
  await writeFile(log, 'earlier run\n');
  const console = openConsole();
  const witness = await SerialWitness.begin(log, console);
  await appendFile(log, 'seen, missed');
  witness.receive(Buffer.from('seen, '));
  await witness.finish();
  witness.receive(Buffer.from('too late'));
  t.match(await console.expect(/m.*$/), { before: 'seen, ', text: 'missed' });
  await t.rejects(console.expect('too late', { timeoutMs: 1 }), { code: 'timeout' });
  t.equal(await readFile(log, 'utf8'), 'earlier run\nseen, missed');
});

t.test('SerialWitness does not mind that the log was removed', async (t) => {
  const log = join(t.testdir(), 'serial.log');
  const witness = await SerialWitness.begin(log, openConsole());
  await rm(log);
  await t.resolves(witness.finish());
});
