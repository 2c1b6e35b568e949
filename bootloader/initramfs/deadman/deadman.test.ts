import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import t from 'tap';
import { compileDeadman, DEADMAN_DIRECTORY, SOURCES } from './compile.ts';

const run = promisify(execFile);
const build = t.testdir();

const CHECKED = [
  '-std=gnu11',
  '-g',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover',
];

/** Compiles with the sanitizers, for this machine. */
async function compileChecked(
  outFile: string,
  sources: readonly string[],
  flags: readonly string[] = [],
): Promise<void> {
  await run('gcc', [...CHECKED, ...flags, '-o', outFile, ...sources], { cwd: DEADMAN_DIRECTORY });
}

const program = join(build, 'deadman');
const parts = join(build, 'parts');
await Promise.all([
  compileChecked(
    program,
    [...SOURCES, 'fake-reboot.c'],
    ['-DREBOOT_FUNCTION=fake_reboot', '-DSYSRQ_TRIGGER="/dev/null"'],
  ),
  compileChecked(parts, [...SOURCES.filter((name) => name !== 'deadman.c'), 'parts.test.c']),
]);

t.test('the pure parts hold to their tables, without a complaint of the sanitizers', async (t) => {
  const { stdout, stderr } = await run(parts);
  t.equal(stdout, '');
  t.equal(stderr, '');
});

t.test('both architectures get a static program, the same from two builds', async (t) => {
  for (const [architecture, machine] of [
    ['amd64', 'X86-64'],
    ['arm64', 'AArch64'],
  ] as const) {
    const files = ['one', 'two'].map((name) => join(build, `${architecture}-${name}`));
    for (const file of files) await compileDeadman(architecture, file);
    const [one, two] = files.map((file) => readFileSync(file));
    t.ok(one !== undefined && two !== undefined && one.equals(two), `${architecture}: same bytes`);
    const headers = execFileSync('readelf', ['-hlW', files[0] ?? ''], { encoding: 'utf8' });
    t.match(headers, machine);
    t.notMatch(headers, 'INTERP', 'nothing is loaded beside it');
  }
});

const TRACE = 'HOLDFAST-TRACE 1\nkernel=k_x1.snap\nstage=mounted\nmessage=\n'.padEnd(4096, '\0');

interface DeadMan {
  readonly code: number | null;
  readonly files: Readonly<Record<'watchdog' | 'console' | 'control' | 'pid' | 'trace' | 'reboot', string>>;
  /** Resolves when the process in the background has ended; with what it wrote to standard error. */
  readonly ended: Promise<string>;
}

let count = 0;

/** Starts the dead man with files in place of devices, and waits as `init` does: until the starting process has ended. */
async function start(
  deadline: string,
  missing: readonly string[] = [],
  argv0 = '@holdfast-deadman',
  run = build,
): Promise<DeadMan> {
  count += 1;
  const path = (name: string, parent = build) =>
    join(parent, missing.includes(name) ? 'missing' : '.', `${name}-${count}`);
  const files = {
    ...{ watchdog: path('watchdog'), console: path('console'), control: path('control', run) },
    ...{ pid: path('pid', run), trace: path('trace'), reboot: path('reboot') },
  };
  for (const name of ['watchdog', 'console', 'reboot'].filter((name) => !missing.includes(name)))
    writeFileSync(path(name), '');
  if (!missing.includes('trace')) writeFileSync(files.trace, TRACE);
  const args = ['--deadline', deadline, '--watchdog', files.watchdog, '--console', files.console];
  args.push('--control', files.control, '--pid-file', files.pid, '--trace', files.trace);
  const env = { ...process.env, FAKE_REBOOT: files.reboot };
  const child = spawn(program, args, { argv0, env, stdio: ['ignore', 'ignore', 'pipe'] });
  // The background process keeps this pipe open for as long as it lives.
  const ended = text(child.stderr);
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { code, files, ended };
}

function tell({ files }: DeadMan, ...lines: readonly string[]): void {
  const fd = openSync(files.control, 'w');
  for (const line of lines) writeSync(fd, line);
  closeSync(fd);
}

function read(path: string): string {
  return readFileSync(path, 'latin1');
}

const REBOOTED = 'reboot(1234567)\n';

t.test('the deadline ends in a line on the console, a trace and a reboot', async (t) => {
  const dead = await start('1');
  t.equal(dead.code, 0);
  t.equal(await dead.ended, '');
  t.equal(read(dead.files.reboot), REBOOTED);
  t.match(read(dead.files.console), 'holdfast-deadman: deadline passed without a verdict\n');
  t.match(read(dead.files.trace), 'stage=deadline\nmessage=no verdict before the deadline, last stage was mounted\n');
  t.equal(statSync(dead.files.trace).size, 4096);
  t.match(read(dead.files.watchdog), /^\.+$/, 'the watchdog was fed, and never disarmed with V');
});

t.test('without a watchdog and without a trace the deadline still ends in a reboot, and that is said', async (t) => {
  const dead = await start('1', ['watchdog', 'trace']);
  t.equal(dead.code, 0);
  t.equal(await dead.ended, '');
  t.equal(read(dead.files.reboot), REBOOTED);
  t.match(read(dead.files.console), 'no watchdog device: this process alone enforces the deadline\n');
  t.match(read(dead.files.console), 'cannot open the trace: the deadline will leave none\n');
});

t.test('a console that cannot be opened stops nothing', async (t) => {
  const dead = await start('1', ['console']);
  t.equal(await dead.ended, '');
  t.equal(read(dead.files.reboot), REBOOTED);
});

t.test('handover ends the process, disarms nothing and leaves the trace as it was', async (t) => {
  const dead = await start('300');
  tell(dead, 'handover\n');
  t.equal(await dead.ended, '');
  t.equal(read(dead.files.reboot), '', 'no reboot');
  t.equal(read(dead.files.trace), TRACE);
  t.match(read(dead.files.watchdog), /^\.{2,}$/, 'fed once more at the end');
  t.match(read(dead.files.console), 'handed over: whoever comes next must feed the watchdog\n');
  t.notOk(existsSync(dead.files.control) || existsSync(dead.files.pid), 'whoever looks sees that it is gone');
});

t.test('handover removes its files where the tree was moved meanwhile, as switch_root does', async (t) => {
  const before = join(build, 'run-before');
  const after = join(build, 'run-after');
  mkdirSync(before);
  const dead = await start('300', [], '@holdfast-deadman', before);
  renameSync(before, after);
  const control = join(after, basename(dead.files.control));
  t.ok(existsSync(control));
  writeFileSync(control, 'handover\n');
  t.equal(await dead.ended, '');
  t.notOk(existsSync(control) || existsSync(join(after, basename(dead.files.pid))));
});

t.test('signals do not end it, commands in pieces and among rubbish are understood', async (t) => {
  const dead = await start('300');
  const pid = Number(read(dead.files.pid));
  t.match(read(`/proc/${pid}/cmdline`), /^@holdfast-deadman\0/, 'systemd spares what begins with @');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE', 'SIGALRM'] as const) process.kill(pid, signal);
  tell(dead, 'rubbish\n', 'V\n', 'extend 400\n', 'extend 86400\n', 'res');
  tell(dead, 'et\n');
  t.equal(await dead.ended, '');
  t.equal(read(dead.files.reboot), REBOOTED);
  const said = read(dead.files.console)
    .split('\n')
    .filter((line) => !line.includes('cannot'));
  t.same(said, [
    'holdfast-deadman: unknown command on the control FIFO',
    'holdfast-deadman: unknown command on the control FIFO',
    'holdfast-deadman: deadline extended',
    'holdfast-deadman: deadline extended to its limit',
    'holdfast-deadman: reset was asked for',
    '',
  ]);
  t.equal(read(dead.files.trace), TRACE);
  t.match(read(dead.files.watchdog), /^\.+$/);
});

t.test('a wrong start is refused', async (t) => {
  const cases = [
    { dead: await start('0'), code: 2, message: 'cannot start: --deadline takes whole seconds, from 1 to 86400' },
    { dead: await start('5', [], 'deadman'), code: 2, message: 'cannot start: argv[0] must begin with @' },
    { dead: await start('5', ['control']), code: 1, message: 'cannot make ' },
    { dead: await start('5', ['pid']), code: 1, message: 'cannot write ' },
  ];
  for (const { dead, code, message } of cases) {
    t.equal(dead.code, code, message);
    t.match(await dead.ended, `holdfast-deadman: ${message}`);
    t.equal(read(dead.files.reboot), '', 'no reboot');
    t.equal(read(dead.files.trace), TRACE);
  }
});
