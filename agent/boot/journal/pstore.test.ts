import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { layoutUnder } from '../layout.ts';
import { panicOf, parseDump } from './panic-text.ts';
import { forgetPanics, readPanics } from './pstore.ts';
import { randomNumbers } from './testing.ts';

const id = '2f6c1d3e-0000-4000-8000-000000000007';
const said = `<14>[    1.250000] holdfast: boot ${id} kernel=k_x2.snap core=b_x1.snap gadget= trial=1`;
const crash = `<6>[    3.100000] sysrq: Trigger a crash
<0>[    3.101000] Kernel panic - not syncing: sysrq triggered crash
<4>[    3.102000] CPU: 0 PID: 1 Comm: sh Not tainted 6.1.0-44-arm64
<4>[    3.103000] Call trace:
<4>[    3.104000]  dump_backtrace+0xe4/0x140
<0>[    3.110000] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---

ECC: No errors detected
`;
const started = Array.from({ length: 30 }, (_, i) => `<6>[    0.${100 + i}000] line ${i}`).join('\n');

t.test('a panic says what it was, and whose', (t) => {
  const panic = panicOf(parseDump(`Panic#1 Part1\n${said}\n${started}\n${crash}`));
  t.match(panic, {
    line: 'Kernel panic - not syncing: sysrq triggered crash',
    bootId: id,
    set: { kernel: 'k_x2.snap', base: 'b_x1.snap', gadget: undefined },
    trial: true,
  });
  t.strictSame(panic?.text.slice(3), [
    '[    3.100000] sysrq: Trigger a crash',
    '[    3.101000] Kernel panic - not syncing: sysrq triggered crash',
    '[    3.102000] CPU: 0 PID: 1 Comm: sh Not tainted 6.1.0-44-arm64',
    '[    3.103000] Call trace:',
    '[    3.104000]  dump_backtrace+0xe4/0x140',
    '[    3.110000] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---',
  ]);
  t.equal(panic?.text.length, 9);
  const twice = `${said.replace(id, '0a').replace('x2', 'x9')}\n${said}`;
  t.equal(panicOf(parseDump(`Panic#1 Part1\n${twice}\n${crash}`))?.bootId, id, 'the last word counts');
  t.match(panicOf(parseDump(`Panic#1 Part1\n[    2.0][    T1] Kernel panic - not syncing: VFS: no root`)), {
    line: 'Kernel panic - not syncing: VFS: no root',
    bootId: '',
  });
  t.end();
});

t.test('a damaged panic is still one, and what is none is none', (t) => {
  t.match(panicOf(parseDump('Panic#2 Part1\n\u0000\u001b[2Jgarbage')), {
    line: 'Kernel panic, of which the text is lost',
    text: [' [2Jgarbage'],
  });
  t.match(panicOf(parseDump(crash)), { line: /^Kernel panic/ }, 'without its heading');
  for (const text of ['', `Oops#1 Part1\n${said}`, `Panic#1 Part2\n${said}`, 'Shutdown#1 Part1\n']) {
    t.equal(panicOf(parseDump(text)), undefined, JSON.stringify(text));
  }
  const random = randomNumbers(6);
  for (let round = 0; round < 200; round++) {
    const bytes = Buffer.from(`Panic#1 Part1\n${said}\n${crash}`);
    for (let flips = 0; flips < 40; flips++) bytes[Math.floor(random() * bytes.length)] = random() * 256;
    const panic = panicOf(parseDump(bytes.toString()));
    t.ok(panic === undefined || panic.text.every((line) => line.length <= 200));
  }
  t.end();
});

t.test('files are read, the latest last, and go when they are told to', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  t.strictSame(await readPanics(layout), [], 'no pstore');
  await mkdir(layout.pstore, { recursive: true });
  const put = async (name: string, text: string, seconds: number) => {
    await writeFile(join(layout.pstore, name), text);
    await utimes(join(layout.pstore, name), seconds, seconds);
  };
  await put('dmesg-ramoops-0', `Panic#1 Part1\n${crash}`, 500);
  await put('dmesg-ramoops-1', `Panic#1 Part2\n${said}\n${started}`, 501);
  await put('dmesg-ramoops-2', `Panic#1 Part1\n[ 1.0] Kernel panic - not syncing: earlier`, 100);
  await put('dmesg-ramoops-3', `Oops#1 Part1\n[ 1.0] it stumbled`, 400);
  await put('dmesg-ramoops-12', `Panic#1 Part1\n${'x'.repeat(300_000)}`, 50);
  await put('console-ramoops-0', crash, 600);
  await mkdir(join(layout.pstore, 'dmesg-ramoops-4'));
  const panics = await readPanics(layout);
  t.strictSame(
    panics.map(({ line, bootId, files }) => [line.slice(0, 40), bootId, files.length]),
    [
      ['Kernel panic, of which the text is lost', '', 1],
      ['Kernel panic - not syncing: earlier', '', 1],
      ['Kernel panic - not syncing: sysrq trigge', id, 2],
    ],
  );
  await forgetPanics(panics);
  await forgetPanics(panics);
  t.strictSame(await readdir(layout.pstore), ['console-ramoops-0', 'dmesg-ramoops-3', 'dmesg-ramoops-4']);
});
