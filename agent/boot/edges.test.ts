import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { placeBytes, stage } from '../../bootloader/protocol/index.ts';
import { makeDevice, temporaryDirectory } from '../fixture.ts';
import { openDatabase } from '../system/database.ts';
import { realDisk } from '../system/disk-real.ts';
import { native } from '../system/native/native.ts';
import { BootEnv } from './bootenv.ts';
import { deadManLives, orderDeadMan } from './dead-man.ts';
import { confirmedByMounts, readFacts, readUptime } from './facts.ts';
import { handOverWatchdog } from './handover.ts';
import { layoutUnder } from './layout.ts';
import { formatRecord } from './text-record.ts';
import { setOfEntry, TrialLog, trialBaselineColumn, trialTables } from './trial-log.ts';

async function put(path: string, text: string) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

t.test('the facts of a boot are read from the kernel and the initramfs', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  t.match(
    await readFacts(layout),
    { bootId: '', booted: { ran: {}, rule: '', trial: false }, watchdogReset: false },
    'nothing there is no error',
  );
  await put(
    layout.commandLine,
    'quiet snap_kernel=k_x2.snap snap_core=b_x1.snap holdfast.rule=try holdfast.trial=1 holdfast.deadline=60\n',
  );
  await put(layout.bootId, '0a\n');
  await put(layout.bootRecord, 'kernel=k_x2.snap\nfsck=repaired\nmessage=a=b\n');
  await put(layout.watchdogStatus, '33\n');
  await put(
    join(layout.loopDevices, 'loop0/loop/backing_file'),
    '/writable/system-data/var/lib/snapd/snaps/b_x1.snap\n',
  );
  await put(join(layout.loopDevices, 'loop1/loop/backing_file'), '/var/lib/snapd/snaps/k_x1.snap\n');
  await put(join(layout.loopDevices, 'vda/dev'), '254:0\n');
  const facts = await readFacts(layout);
  t.match(facts, { bootId: '0a', watchdogReset: true, booted: { rule: 'try', trial: true, deadlineSeconds: 60 } });
  t.strictSame(facts.booted.ran, { base: 'b_x1.snap' }, 'the kernel of the mounts is another one');
  t.strictSame(facts.contradictions, ['the command line names the kernel k_x2.snap, but k_x1.snap is mounted']);
  t.equal(facts.initramfs.get('fsck'), 'repaired');
  await put(layout.watchdogStatus, '0\n');
  t.equal((await readFacts(layout)).watchdogReset, false);
  await put(layout.uptime, '123.45 200.00\n');
  t.equal(await readUptime(layout), 123.45);
});

t.test('mounts speak only of snaps of the same name', (t) => {
  const ran = { kernel: 'k_x2.snap', base: 'b_x1.snap', gadget: 'g_x1.snap' };
  const cases: readonly (readonly [string, readonly string[], object])[] = [
    ['nothing is mounted', [], ran],
    ['what ran is mounted', ['k_x2.snap', 'b_x1.snap'], ran],
    ['what ran is mounted beside an older one', ['k_x1.snap', 'k_x2.snap'], ran],
    ['another snap is mounted', ['app_x7.snap'], ran],
    ['another kernel is mounted', ['k_x1.snap'], { base: 'b_x1.snap', gadget: 'g_x1.snap' }],
    ['another base is mounted', ['b_x2.snap'], { kernel: 'k_x2.snap', gadget: 'g_x1.snap' }],
  ];
  for (const [what, backing, kept] of cases) t.strictSame(confirmedByMounts(ran, backing).ran, kept, what);
  t.end();
});

t.test('a plan is written place by place, and evidence is blanked before a trial', async (t) => {
  const layout = await makeDevice(await temporaryDirectory(t));
  const writes: string[] = [];
  const disk = realDisk(native(), ({ op, path }, moment) => {
    if (moment === 'before') writes.push(`${op} ${path.replace(layout.rawPlaces, '')}`);
  });
  const env = new BootEnv(disk, layout);
  const plan = stage(await env.read(), { kernel: 'virt-kernel_x2.snap' });
  await env.apply(plan);
  t.match(await env.state(), { mode: 'try', trying: { kernel: 'virt-kernel_x2.snap' } });
  t.strictSame(writes.splice(0), ['rewrite /hf-env-b']);
  await env.forgetEvidence();
  t.strictSame(writes.splice(0), [], 'what is blank already is not written');
  const verdict = {
    kind: 'bad',
    set: { kernel: 'virt-kernel_x2.snap' },
    bootId: 'b',
    reason: 'r',
    evidence: 'e',
  } as const;
  await env.writeVerdict(verdict);
  t.strictSame(await env.verdict(), verdict);
  const journal = join(layout.rawPlaces, 'hf-journal');
  const bytes = await readFile(journal);
  bytes.set(formatRecord('HOLDFAST-TRACE 1', { stage: 'mounted', trial: '1' }));
  await writeFile(journal, bytes);
  t.match(await env.trace(), { stage: 'mounted', trial: true });
  await env.forgetEvidence();
  t.equal(await env.verdict(), undefined);
  t.equal(await env.trace(), undefined);
  await rm(journal);
  t.equal(await env.verdict(), undefined, 'a place that is gone is silent');
  await rm(join(layout.rawPlaces, 'hf-env-a'));
  t.equal((await env.read())['env-a'], undefined);
  await t.rejects(env.apply({ writes: [{ place: 'env-a', bytes: placeBytes({}), why: '' }], reboot: false }), {
    code: 'not-found',
  });
});

t.test('the dead man hears an order, and nobody waits where there is none', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  t.equal(await orderDeadMan(layout, { kind: 'handover' }), false, 'no dead man');
  t.equal(await deadManLives(layout), false);
  await mkdir(dirname(layout.deadManControl), { recursive: true });
  await promisify(execFile)('mkfifo', [layout.deadManControl]);
  t.equal(await orderDeadMan(layout, { kind: 'handover' }), false, 'a dead man who has left');
  const heard = (async () => {
    const lines: string[] = [];
    for await (const chunk of createReadStream(layout.deadManControl, { encoding: 'utf8' })) lines.push(String(chunk));
    return lines.join('');
  })();
  while (!(await orderDeadMan(layout, { kind: 'extend', seconds: 12.7 })));
  t.equal(await heard, 'extend 12\n');
  await put(layout.deadManPid, '77\n');
  t.equal(await deadManLives(layout), false);
  await mkdir(join(layout.root, 'proc/77'), { recursive: true });
  t.equal(await deadManLives(layout), true);
  await put(layout.deadManPid, '../../etc\n');
  t.equal(await deadManLives(layout), false, 'what is no pid is no path');
});

t.test('the watchdog is handed over when the dead man has let go of it', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  await put(layout.deadManPid, '77\n');
  await mkdir(join(layout.root, 'proc/77'), { recursive: true });
  const events: string[] = [];
  let refusals = 2;
  const world = {
    layout,
    setWatchdog: async (seconds: number) => {
      events.push(`set ${seconds}`);
      if (refusals-- > 0) throw new Error('busy');
    },
    sleep: async (milliseconds: number) => {
      events.push(`sleep ${milliseconds}`);
      if (events.length === 3) await rm(join(layout.root, 'proc/77'), { recursive: true });
    },
  };
  t.equal(await handOverWatchdog(world), 'no-dead-man');
  t.strictSame(events, [
    'sleep 100',
    'sleep 100',
    'sleep 100',
    'set 30',
    'sleep 1000',
    'set 30',
    'sleep 1000',
    'set 30',
  ]);
  refusals = 99;
  t.equal(await handOverWatchdog(world), 'failed');
});

t.test('the log keeps a trial open until it is settled', async (t) => {
  const database = await openDatabase(join(await temporaryDirectory(t), 'db'));
  t.teardown(() => database.close());
  database.migrate([
    { version: 1, statements: trialTables },
    { version: 2, statements: trialBaselineColumn },
  ]);
  const trials = new TrialLog(database, () => new Date(0));
  t.equal(trials.unsettled(), undefined);
  const trial = { tried: { kernel: 'k_x2.snap' }, good: { kernel: 'k_x1.snap' }, change: 7, bootId: 'b1' };
  const opened = trials.open(trial);
  t.match(opened, { what: undefined, tried: { kernel: 'k_x2.snap' }, change: 7, stagedBoot: 'b1', reboots: 0 });
  t.equal(trials.open(trial).id, opened.id, 'opened once');
  trials.countReboot(opened.id, 'b1');
  trials.countReboot(opened.id, 'b1');
  t.match(trials.unsettled(), { reboots: 1, rebootBoot: 'b1' }, 'once in a boot');
  trials.started(opened.id, 'b2');
  t.match(trials.unsettled(), { reboots: 0, rebootBoot: undefined, trialBoot: 'b2' });
  trials.keepBaseline(opened.id, { units: ['a.service'] });
  t.strictSame(trials.unsettled()?.baseline, { units: ['a.service'] });
  t.strictSame(trials.outcomes(5), []);
  const cause = { code: 'panic', message: 'm', evidence: ['e'] } as const;
  trials.decide(opened.id, 'reverted', cause);
  t.match(trials.unsettled(), { what: 'reverted', cause });
  trials.settle(opened.id);
  t.equal(trials.unsettled(), undefined);
  trials.note('fell-back', { kernel: 'k_x1.snap' }, cause);
  t.strictSame(
    trials.outcomes(5).map((entry) => [entry.what, setOfEntry(entry)]),
    [
      ['fell-back', { kernel: 'k_x1.snap' }],
      ['reverted', { kernel: 'k_x2.snap' }],
    ],
  );
  t.equal(trials.outcomes(1).length, 1);
  t.not(trials.open(trial).id, opened.id, 'a later trial is another entry');
});
