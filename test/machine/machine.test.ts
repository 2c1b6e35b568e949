import { execFileSync } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { withDisk } from '../../images/qemu/disk-access.ts';
import { readPartition } from '../../images/qemu/gpt.ts';
import { Machine } from '../../images/qemu/machine.ts';
import { createOverlay } from '../../images/qemu/qemu-img.ts';
import { replay } from '../../images/qemu/replay.ts';
import { readState } from '../../images/qemu/saved-state.ts';
import { readWriteLog, volatileWrites, writesTo } from '../../images/qemu/write-log.ts';

const SECTOR = 512;
const PARTITION = { name: 'hf-env-a', sector: 2048, offset: 2048 * SECTOR, length: 8 * SECTOR };

/** An environment in flash that stops at the prompt, with one value to look for. */
async function promptEnvironment(file: string): Promise<string> {
  const body = Buffer.alloc(0x40000 - 4);
  body.write('bootdelay=-1\0colour=green\0\0');
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(body));
  await writeFile(file, Buffer.concat([checksum, body]));
  return file;
}

/** A disk of 8 MiB with one partition, full of `o` ("old"). */
async function smallDisk(file: string): Promise<string> {
  await writeFile(file, '');
  await truncate(file, 8 * 1024 * 1024);
  const last = PARTITION.sector + PARTITION.length / SECTOR - 1;
  execFileSync('sgdisk', ['-n', `1:${PARTITION.sector}:${last}`, '-c', `1:${PARTITION.name}`, file]);
  await withDisk({ file, format: 'raw' }, { writable: true }, (disk) =>
    disk.write(PARTITION.offset, Buffer.alloc(PARTITION.length, 'o')),
  );
  return file;
}

async function readEnvA(file: string, format: 'raw' | 'qcow2' = 'qcow2'): Promise<Buffer> {
  return withDisk({ file, format }, {}, (disk) => readPartition(disk, PARTITION.name, { length: PARTITION.length }));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

t.test('a machine runs U-Boot from power-on to the prompt, is reset, powered off and started again', async (t) => {
  const directory = t.testdir();
  const flash = await promptEnvironment(join(directory, 'env.img'));
  let heard = '';
  const machine = await Machine.create({
    directory: join(directory, 'machine'),
    flash,
    onSerial: (text) => {
      heard += text;
    },
  });
  t.teardown(() => machine.stop());

  await machine.start();
  await t.rejects(machine.start(), { code: 'already-running' });
  await machine.console.expect(/^\s*U-Boot \d{4}\.\d+/, { timeoutMs: 30_000 });
  await machine.console.expect('=> ');
  t.same(
    await machine.console.runUboot('printenv colour'),
    { output: 'colour=green\n', status: 0 },
    'the environment came from flash',
  );
  t.equal((await machine.console.runUboot('printenv nothing')).status, 1);

  const long = '0123456789'.repeat(30);
  await machine.console.runUboot(`setenv long ${long}`);
  t.equal((await machine.console.runUboot('printenv long')).output, `long=${long}\n`, 'no character is lost');

  const after = machine.events.length;
  await machine.reset();
  const { data } = await machine.waitEvent('RESET', { after });
  t.match(data, { guest: false });
  await machine.console.expect('U-Boot 20');
  await machine.console.expect('=> ');
  t.equal((await machine.console.runUboot('printenv long')).status, 1, 'a reset forgets');
  await t.rejects(machine.console.expect('never said', { timeoutMs: 50 }), { code: 'timeout', message: /=> / });

  await machine.console.send('poweroff\n');
  await machine.waitOff();
  t.match(machine.events.list().at(-1), { name: 'SHUTDOWN', data: { guest: true } });
  t.equal(machine.isRunning, false);
  await t.rejects(machine.console.expect('never said'), { code: 'exited', message: /poweroff/ });

  await machine.start();
  await machine.console.expect('=> ');
  const waiting = machine.console.expect('never said');
  await Promise.all([machine.cutPower(), t.rejects(waiting, { code: 'exited', message: /SIGKILL/ })]);
  await t.rejects(machine.qmp('query-status'), { code: 'not-running' });
  t.equal(await readFile(machine.serialLog, 'utf8'), heard, 'the log and the listener have all of both runs');
});

t.test('writes are recorded, and a replay gives the disk as a power cut left it, at any byte', async (t) => {
  const directory = t.testdir();
  const base = { file: await smallDisk(join(directory, 'base.img')), format: 'raw' } as const;
  const disk = await createOverlay(base, join(directory, 'disk.qcow2'));
  const flash = await promptEnvironment(join(directory, 'env.img'));
  const machine = await Machine.create({ directory, flash, disk });
  t.teardown(() => machine.stop());
  const logFile = join(directory, 'writes.log');
  await machine.start({ recordWrites: logFile });
  await machine.console.expect('=> ');
  await machine.console.runUboot('virtio scan; mw.b 50000000 41 1000; mw.b 50001000 42 1000');
  await machine.console.runUboot('virtio write 50000000 800 8; virtio write 50001000 800 8');
  // Killed, not stopped: the log is complete at every moment.
  await machine.cutPower();

  const log = await withDisk({ file: logFile, format: 'raw' }, {}, readWriteLog);
  const [first, second] = writesTo(log, PARTITION);
  t.match([first, second], [{ length: 4096 }, { length: 4096 }], 'U-Boot writes each copy in one piece');
  const noFlush = { flushesFrom: log.entries.length };
  t.same(volatileWrites(log, log.entries.length, noFlush), [first, second], 'and no flush of its own');
  const before = first?.index ?? 0;
  const between = second?.index ?? 0;

  const cuts = [
    { name: 'before', cut: { entries: before }, want: 'o'.repeat(4096) },
    { name: 'first', cut: { entries: between }, want: 'A'.repeat(4096) },
    { name: 'both', cut: { entries: log.entries.length }, want: 'B'.repeat(4096) },
    { name: 'torn-1', cut: { entries: before, torn: { bytes: 1 } }, want: `A${'o'.repeat(4095)}` },
    {
      name: 'torn-1000',
      cut: { entries: between, torn: { bytes: 1000 } },
      want: 'B'.repeat(1000) + 'A'.repeat(3096),
    },
    { name: 'lost', cut: { entries: log.entries.length, lost: [between], ...noFlush }, want: 'A'.repeat(4096) },
  ];
  for (const { name, cut, want } of cuts) {
    const image = await replay(logFile, base, join(directory, `${name}.qcow2`), cut);
    t.equal((await readEnvA(image.file)).toString(), want, name);
  }
  t.equal((await readEnvA(base.file, 'raw')).toString(), 'o'.repeat(4096), 'the base is as it was');

  const cutDisk = { file: join(directory, 'torn-1000.qcow2'), format: 'qcow2' } as const;
  const again = await Machine.create({ directory: join(directory, 'again'), flash, disk: cutDisk });
  t.teardown(() => again.stop());
  await again.start();
  await again.console.expect('=> ');
  const { output } = await again.console.runUboot('virtio scan; virtio read 50000000 800 8; md.b 500003e6 4');
  t.match(output, /42 42 41 41/, 'a machine boots from the cut disk and sees the tear');
  await t.rejects(
    withDisk(cutDisk, {}, (access) => access.read(0, 1)),
    { code: 'cannot-start', message: /lock/ },
    'a disk in use is not read',
  );
});

t.test('a watchdog that U-Boot armed resets the machine, and both are announced', async (t) => {
  const directory = t.testdir();
  const machine = await Machine.create({ directory, flash: await promptEnvironment(join(directory, 'env.img')) });
  t.teardown(() => machine.stop());
  await machine.start();
  await machine.console.expect('=> ');
  // The registers lie where U-Boot put the first BAR of device 00:02.0.
  const { output } = await machine.console.runUboot('pci enum; setexpr.l bar *0x4010010010; printenv bar');
  const bar = Number.parseInt(/bar=([0-9a-f]+)/.exec(output)?.[1] ?? '', 16) & ~0xf;
  const at = (offset: number) => (bar + offset).toString(16);
  const unlock = `mw.w ${at(0xc)} 80; mw.w ${at(0xc)} 86`;
  for (const command of [
    'pci write.w 00.02.00 60 3',
    `${unlock}; mw.l ${at(0)} 100; ${unlock}; mw.l ${at(4)} 100; ${unlock}; mw.w ${at(0xc)} 100`,
  ]) {
    t.equal((await machine.console.runUboot(command)).status, 0, command);
  }
  const after = machine.events.length;
  await machine.console.send('pci write.b 00.02.00 68 2\n');
  t.match(await machine.waitEvent('WATCHDOG', { after }), { data: { action: 'reset' } });
  await machine.waitEvent('RESET', { after });
  await machine.console.expect('U-Boot 20');
});

t.test('several machines start at once from one saved state, each with a disk of its own', async (t) => {
  const directory = t.testdir();
  const disk = { file: await smallDisk(join(directory, 'disk.img')), format: 'raw' } as const;
  const flash = await promptEnvironment(join(directory, 'env.img'));
  const machine = await Machine.create({ directory: join(directory, 'first'), flash, disk });
  t.teardown(() => machine.stop());
  await machine.start();
  await machine.console.expect('=> ');
  await machine.console.runUboot('virtio scan; setenv memory kept; mw.b 50000000 53 1000; virtio write 50000000 800 8');
  await machine.saveState(join(directory, "it's saved"));
  t.equal(machine.isRunning, false);
  await t.rejects(machine.start(), { message: /was saved/ });

  const state = await readState(join(directory, "it's saved"));
  const letters = ['58', '59'];
  const logFile = (letter: string) => join(directory, `writes-${letter}.log`);
  const clones = await Promise.all(
    letters.map(async (letter) => {
      const clone = await Machine.fromState(state, { directory: join(directory, letter) });
      t.teardown(() => clone.stop());
      await clone.start({ recordWrites: logFile(letter) });
      return clone;
    }),
  );
  for (const [index, clone] of clones.entries()) {
    const { output } = await clone.console.runUboot('printenv memory; md.b 50000ffc 4');
    t.match(output, /^memory=kept\n.*: 53 53 53 53/, 'it goes on where the first one stopped');
    await clone.console.runUboot(`mw.b 50000000 ${letters[index]} 1000; virtio write 50000000 800 8`);
  }
  await Promise.all(clones.map((clone) => clone.stop()));
  const contents = await Promise.all(clones.map(({ disk }) => readEnvA(disk?.file ?? '')));
  t.same(contents.map(String), ['X'.repeat(4096), 'Y'.repeat(4096)]);

  const saved = { file: join(state.directory, 'disk'), format: 'raw' } as const;
  const cut = { entries: 0, torn: { bytes: 512 } };
  const image = await replay(logFile('58'), saved, join(directory, 'cut.qcow2'), cut);
  t.equal(String(await readEnvA(image.file)), 'X'.repeat(512) + 'S'.repeat(3584), 'recording works from a state too');

  const [clone] = clones;
  await clone?.start();
  await clone?.console.expect('U-Boot 20');
  await clone?.console.expect('=> ');
  t.equal((await clone?.console.runUboot('printenv memory'))?.status, 1, 'a second start is a cold one');
});

t.test('a machine that cannot start says why', async (t) => {
  const directory = t.testdir({ 'not-qcow2': 'x' });
  const disk = { file: join(directory, 'not-qcow2'), format: 'qcow2' } as const;
  const machine = await Machine.create({ directory, disk });
  await t.rejects(machine.start(), { code: 'cannot-start', message: /not in qcow2 format/ });
  t.equal(machine.isRunning, false);
  const missing = await Machine.create({ directory, firmware: '/nowhere/u-boot.bin' });
  await t.rejects(missing.start(), { code: 'cannot-start', message: /could not find|Could not find/i });
});

t.test('no machine outlives the process that started it', async (t) => {
  const directory = t.testdir();
  const machine = new URL('../../images/qemu/machine.ts', import.meta.url);
  for (const end of ['process.exit()', 'process.kill(process.pid, "SIGKILL")']) {
    const program = `
      import { Machine } from ${JSON.stringify(machine.href)};
      const machine = await Machine.create({ directory: ${JSON.stringify(directory)} });
      await machine.start();
      console.log(machine.pid);
      ${end};`;
    let pid = '';
    try {
      pid = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', program], { encoding: 'utf8' });
    } catch (error) {
      pid = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    }
    t.match(pid, /^\d+\n$/, 'it ran');
    // The kernel delivers the signal at once, but the death takes a moment.
    for (let tries = 0; tries < 200 && isAlive(Number(pid)); tries++) await new Promise((r) => setTimeout(r, 10));
    t.equal(isAlive(Number(pid)), false, end);
  }
});
