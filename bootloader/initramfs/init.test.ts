import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { APPLETS } from './build.ts';

const INIT = fileURLToPath(new URL('init', import.meta.url));
const source = readFileSync(INIT, 'utf8');

function busybox(...args: readonly string[]): string {
  return execFileSync('busybox', args, { encoding: 'utf8' });
}

/** The text of one function of init. */
function functionText(name: string): string {
  const text = new RegExp(`^${name}\\(\\) \\{\\n[^]*?^\\}\\n`, 'm').exec(source)?.[0];
  if (text === undefined) throw new Error(`init has no function ${name}`);
  return text;
}

/** Calls a function of init in busybox's shell; what it printed, with its exit status at the end. */
function call(before: string, name: string, argument: string, after = ''): string {
  return busybox(
    'sh',
    '-ufc',
    `${before}\n${functionText(name)}\n${name} "$1"; status=$?; ${after}\necho $status`,
    'sh',
    argument,
  );
}

t.test('init is correct shell, for busybox and for shellcheck', async (t) => {
  t.equal(busybox('sh', '-n', INIT), '');
  t.equal(execFileSync('shellcheck', ['-s', 'dash', INIT], { encoding: 'utf8' }), '');
});

t.test('init calls no program that the initramfs does not carry, and carries none that it does not call', async (t) => {
  const builtins = ['echo', 'printf', 'read', 'true', '[', 'test', 'kill', 'umask'];
  const known = new Set(
    busybox('--list')
      .split('\n')
      .filter((name) => !builtins.includes(name)),
  );
  // Words where a command may stand: at the start, after an operator, and after the words that take a command.
  const position = /(?:^|[|&;({]|\$\(|\b(?:if|until|while|do|then|else)\b)[\t ]*(?:exec[\t ]+)?([a-z][\w-]*)(?=\s|$)/gm;
  const code = source.replace(/(^|\s)#.*$/gm, '');
  const called = new Set([...code.matchAll(position)].flatMap(([, word]) => (word && known.has(word) ? [word] : [])));
  t.same(
    [...called].sort(),
    APPLETS.filter((name) => name !== 'sh'),
  );
});

t.test('file names from the command line cannot leave their directory', async (t) => {
  for (const name of ['a', 'base_x1.snap', 'bookworm_2.snap', 'core-20+git1~x'.replace('~x', ''), 'A'.repeat(128)]) {
    t.equal(call('', 'is_file_name', name), '0\n', name);
  }
  for (const name of ['', '.', '..', '../x', 'a/b', '/x', '.hidden', 'a b', '$x', '*', 'a\nb', 'ä', 'A'.repeat(129)]) {
    t.equal(call('', 'is_file_name', name), '1\n', JSON.stringify(name));
  }
});

t.test('only a whole record of size and digest counts as one', async (t) => {
  const digest = '0123456789abcdef'.repeat(4);
  t.equal(call('', 'read_record', `1 ${digest}`), '0\n');
  t.equal(call('', 'read_record', `20971520 ${digest}`), '0\n');
  const bad = [
    '',
    '1',
    digest,
    `1  ${digest}`,
    ` ${digest}`,
    `1 ${digest} `,
    `x ${digest}`,
    `1 ${digest}0`,
    `1 ${digest.slice(1)}`,
  ];
  for (const record of [
    ...bad,
    `1 ${digest.toUpperCase()}`,
    `1a ${digest}`,
    `1 ${digest}\n1 ${digest}`,
    `${digest} 1`,
    '1'.repeat(64),
  ]) {
    t.equal(call('', 'read_record', record), '1\n', JSON.stringify(record));
  }
});

t.test('a deadline that is no number of seconds leaves the default, and a warning', async (t) => {
  const before = 'deadline=300 max_deadline=86400; warn() { echo warned; }';
  const deadlineOf = (value: string) => call(before, 'read_deadline', value, 'echo $deadline').split('\n').slice(0, -2);
  for (const value of ['1', '5', '300', '86400']) t.same(deadlineOf(value), [value]);
  for (const value of ['', '0', '05', '-1', '5s', '86401', '999999', '9'.repeat(30), '1.5']) {
    t.same(deadlineOf(value), ['warned', '300'], value);
  }
});

t.test('each stage that is reached is marked with the seconds since the kernel started', async (t) => {
  const said = call(
    "marks='' stage=none now=''; set +f",
    'reached',
    'mounted',
    'reached switched; echo "$stage $now $marks"',
  );
  const [, stage, now, marks] = /^(\w+) (\d+\.\d\d) (\S+)\n0\n$/.exec(said) ?? [];
  t.equal(stage, 'switched', said);
  t.match(marks, /^mounted:\d+\.\d\d,switched:\d+\.\d\d$/);
  t.ok(marks?.endsWith(`:${now}`));
});
