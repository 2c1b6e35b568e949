import t from 'tap';
import { evidenceLines } from '../demo/evidence.ts';
import { clock, markdownTable, plain, seconds, setText, size, table } from '../demo/format.ts';
import { Narrator } from '../demo/narrator.ts';
import { PhaseSpotter, phaseOf } from '../demo/phases.ts';
import { timelineLines, withOutcomes } from '../demo/timeline.ts';
import { FAULTS } from '../machine/lab/faults.ts';

t.test('numbers are told in the units of people', async (t) => {
  t.same([0, 999, 59_999, 60_000, 754_321].map(clock), ['0:00', '0:00', '0:59', '1:00', '12:34']);
  t.same([0.04, 9.94, 9.95, 9.99, 41.4, 120.6].map(seconds), ['0.0 s', '9.9 s', '10 s', '10 s', '41 s', '121 s']);
  t.same([512, 1024 * 1024 - 1, 1024 * 1024, 35_651_584].map(size), ['0.5 KiB', '1024.0 KiB', '1.0 MiB', '34.0 MiB']);
});

t.test('tables have columns of one width, and no blanks at the end', async (t) => {
  t.same(table([['a', 'bcd'], ['efgh'], ['i', '']]), ['a     bcd', 'efgh', 'i']);
  t.same(table([]), []);
  t.same(
    markdownTable([
      ['x', 'y'],
      ['1|2', '3'],
    ]),
    ['| x | y |', '| --- | --- |', '| 1\\|2 | 3 |'],
  );
});

t.test('a console is read without its colours', async (t) => {
  t.equal(plain('\x1b[0;32m  OK  \x1b[0m\r\n\x1b[K\x1b[?25hx\x1b(By\x1b7'), '  OK  \nxy\x1b7');
  t.equal(setText({ kernel: 'virt-kernel_x2.snap', base: 'bookworm_x1.snap' }), 'virt-kernel_x2 bookworm_x1');
});

t.test('evidence is shown as whole lines', async (t) => {
  const text = 'one\r\n[    1.25] Kernel panic - not syncing: x\r\n\r\nCPU: 0\r\nlast line\r\nmore\r\n';
  const rows: readonly [pattern: RegExp, lines: readonly string[]][] = [
    [/panic - not/, ['[    1.25] Kernel panic - not syncing: x']],
    [/panic[\s\S]*CPU/, ['[    1.25] Kernel panic - not syncing: x', 'CPU: 0']],
    [/one[\s\S]*last/, ['one', '...', 'last line']],
    [/one\s+/, ['one']],
    [/nothing of the kind/, []],
    [/more/, ['more']],
  ];
  for (const [pattern, lines] of rows) t.same(evidenceLines(text, pattern), lines, `${pattern}`);
  t.same(evidenceLines('x'.repeat(500), /x/)[0]?.length, 150, 'long lines are cut off');
});

t.test('phases are told from the noise of a console', async (t) => {
  const rows: readonly [line: string, phase: string | undefined][] = [
    ['U-Boot 2023.01+dfsg-2+deb12u3 (Jun 22 2026)', 'U-Boot 2023.01'],
    ['holdfast: rule=try copy=b kernel=k_x2.snap', 'holdfast: rule=try copy=b kernel=k_x2.snap'],
    ['Starting kernel ...', 'Starting kernel'],
    ['\x1b[KMount snap "virt-kernel" (x2)', 'Mount snap "virt-kernel" (x2)'],
    ['[   36.447974] reboot: Restarting system', 'reboot: Restarting system'],
    ['[    1.2] Kernel panic - not syncing: sysrq', 'Kernel panic - not syncing: sysrq'],
    ['Copy snap "virt-kernel" data', undefined],
    ['error: cannot install: no space', 'error: cannot install: no space'],
    ['error: cannot perform the following tasks:', undefined],
    ["holdfast# echo hf-begin-4-$?; (eval 'holdfast watch'); echo hf-end-4-$?", 'waiting for the word of the agent'],
    ["echo hf-begin-2-$?; (eval 'echo fault: x'); echo hf-end-2-$?", undefined],
    ['[  OK  ] Stopped target timers.target', undefined],
    ['8 blocks read: OK', undefined],
  ];
  for (const [line, phase] of rows) t.equal(phaseOf(plain(line)), phase, line);
  const spotter = new PhaseSpotter();
  const pieces = ['U-Bo', 'ot 2023.01\r\nnoise\r\nU-Boot 2023.01\r\nStarting ker', 'nel ...\r\n', 'U-Boot 2023.01\r\n'];
  t.same(
    pieces.flatMap((piece) => spotter.feed(piece)),
    ['U-Boot 2023.01', 'Starting kernel', 'U-Boot 2023.01'],
    'in pieces, and not twice in a row',
  );
});

t.test('the timeline grows by what is new, oldest first', async (t) => {
  const outcome = (minute: number, cause?: string) => ({
    what: cause === undefined ? 'confirmed' : 'reverted',
    set: { kernel: `virt-kernel_x${minute}.snap` },
    cause,
    message: cause === undefined ? '' : 'it died',
    time: `2026-11-20T10:0${minute}:00.000Z`,
    stagedTime: '',
  });
  const known = withOutcomes([], [outcome(2, 'panic'), outcome(1)]);
  const all = withOutcomes(known, [outcome(3), outcome(2, 'panic')]);
  t.same(
    all.map(({ time }) => time.slice(14, 16)),
    ['01', '02', '03'],
  );
  t.same(timelineLines(all), [
    '2026-11-20 10:01:00  confirmed  virt-kernel_x1',
    '2026-11-20 10:02:00  reverted   virt-kernel_x2  panic: it died',
    '2026-11-20 10:03:00  confirmed  virt-kernel_x3',
  ]);
});

t.test('the narrator tells the time, and words and lines of facts', async (t) => {
  let now = 5000;
  let text = '';
  const narrator = new Narrator(
    (piece) => {
      text += piece;
    },
    () => now,
  );
  now += 61_000;
  narrator.note('here');
  narrator.fact('device', 'one', 'two');
  t.equal(text, '    1:01  here\n  device    one\n            two\n');
  t.equal(await narrator.during('waiting', Promise.resolve(3)), 3);
  await t.rejects(narrator.during('waiting', Promise.reject(new Error('no'))), { message: 'no' });
});

t.test('the evidence of every fault can be shown', async (t) => {
  const said =
    'Starting kernel ...\n\nU-Boot 2023\n[ 1] Initramfs unpacking failed: x\nfault: the agent is dead\n' +
    'holdfast-deadman: deadline passed without a verdict\n[ 1] Kernel panic - not syncing: sysrq triggered crash\n' +
    'fault: this system hangs from here\nfault: PID 1 ends\nfault: the target waits for this\n' +
    '[ 1] Kernel panic - not syncing: Attempted to kill init!\nholdfast-init: FAILED: cannot check and mount /dev/vda6\n' +
    'holdfast: rule=try copy=a kernel=virt-kernel_x2.snap\nfault: this command fails\nfault: this command hangs\nfault: this command floods\n' +
    'fault: this program is broken\nfault: this service dies again\nfault: this service dies again\n';
  for (const { name, evidence } of FAULTS) t.ok(evidenceLines(said, evidence).length > 0, name);
});
