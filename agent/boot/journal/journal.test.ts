import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readBootState } from '../../../bootloader/protocol/index.ts';
import { temporaryDirectory } from '../../fixture.ts';
import type { Disk } from '../../system/disk.ts';
import { SimDisk } from '../../system/disk-sim.ts';
import { type Layout, layoutUnder } from '../layout.ts';
import { BootJournal, type BootStart } from './journal.ts';

const good = { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap', gadget: 'virt_x1.snap' };
const now = () => new Date(Date.UTC(2026, 7, 1, 12));
const nothing = readBootState({ 'env-a': undefined, 'env-b': undefined, good: undefined, mark: undefined });

function startOf(bootId: string, fsck = 'repaired'): BootStart {
  const booted = {
    ran: good,
    rule: 'default',
    copy: 'a',
    trial: false,
    abilities: new Set<string>(),
    reset: 'warm',
  } as const;
  const facts = { bootId, booted, initramfs: new Map([['fsck', fsck]]), watchdogReset: false, contradictions: [] };
  return {
    facts,
    state: { ...nothing, good, source: 'env-a' },
    trace: undefined,
    verdict: undefined,
    uptimeSeconds: 9,
  };
}

const trying = { kernel: 'virt-kernel_x2.snap' };

/** The start of a boot that is the trial, and of the good set's right after it. */
function trialOf(bootId: string): BootStart {
  const { facts, state, ...rest } = startOf(bootId);
  const booted = { ...facts.booted, rule: 'try', trial: true, ran: { ...good, ...trying } };
  return { ...rest, facts: { ...facts, booted }, state: { ...state, trying, mode: 'trying' } };
}

function afterTrial(bootId: string): BootStart {
  const { facts, state, ...rest } = startOf(bootId);
  return {
    ...rest,
    facts: { ...facts, booted: { ...facts.booted, rule: 'after-trial' } },
    state: { ...state, trying },
  };
}

/** A journal's place on a simulated disk, and the kernel's files in a directory. */
async function device(t: { teardown(end: () => unknown): void }): Promise<{ disk: SimDisk; layout: Layout }> {
  const layout = layoutUnder(await temporaryDirectory(t));
  const disk = new SimDisk();
  disk.addDevice(join(layout.rawPlaces, 'hf-journal'), 1 << 18);
  return { disk, layout };
}

const openAt = ({ disk, layout }: { disk: Disk; layout: Layout }) => BootJournal.open(disk, layout, now);

t.test('a boot is written down as it goes, and its end by the next', async (t) => {
  const all = await device(t);
  const first = await openAt(all);
  t.equal(first.current, undefined);
  t.equal(await first.mark('target', 1), false, 'nothing before the beginning');
  t.equal(await first.begin(startOf('b1')), true);
  t.equal(await first.mark('target', 12.5), true);
  t.equal(await first.mark('target', 99), true, 'the first time counts');
  await first.verdict({ kind: 'good', by: 'agent', reason: 'well', evidence: ['seen'] });
  await first.health({ checks: [] });
  t.equal(first.bytesWritten, 4 * 4096);
  t.strictSame(first.current, (await openAt(all)).get(1), 'what is on the medium is what it says');
  t.match(first.current?.marks, [{ stage: 'script' }, { stage: 'daemon' }, { stage: 'target', uptimeSeconds: 12.5 }]);

  const second = await openAt(all);
  await second.begin(startOf('b2'));
  t.match(second.list(), [
    { boot: 2, bootId: 'b2', end: { how: 'running' } },
    { boot: 1, version: 5, verdict: { kind: 'good' }, end: { how: 'died', cause: { code: 'panic' } } },
  ]);
  t.equal(second.list(1).length, 1);
  t.equal(await second.ending('shutdown', 60), true);

  const third = await openAt(all);
  await third.begin(startOf('b3'));
  t.match(third.get(2), {
    end: { how: 'shutdown', cause: undefined },
    marks: [{}, {}, { stage: 'shutdown', uptimeSeconds: 60 }],
  });
  t.equal(third.bytesWritten, 4096, 'an end that was noted is not written again');
});

t.test('the daemon is started again in the same boot', async (t) => {
  const all = await device(t);
  const first = await openAt(all);
  await first.begin(startOf('b1'));
  await first.ending('shutdown', 30);
  const again = await openAt(all);
  t.equal(await again.begin(startOf('b1')), true);
  t.match(again.list(), [{ boot: 1, end: { how: 'running' }, marks: [{ stage: 'script' }, { stage: 'daemon' }] }]);
  t.equal(again.list().length, 1);
  await again.ending('rejected');
  const last = await openAt(all);
  await last.begin(startOf('b1'));
  t.equal(last.current?.end.how, 'rejected', 'what was given up stays so');
  t.equal(last.bytesWritten, 0);
});

t.test('the end of a boot can be told later', async (t) => {
  const all = await device(t);
  const journal = await openAt(all);
  await journal.begin(startOf('b1'));
  const end = { how: 'rejected', cause: { code: 'environment', message: 'm', evidence: [] }, backTo: good } as const;
  t.equal(await journal.addEnd('b1', end), true);
  t.equal(await journal.addEnd('b7', end), false);
  t.equal(await journal.addEnd('', end), false);
  t.strictSame((await openAt(all)).get(1)?.end, end);
  await journal.addEnd(1, { how: 'died' });
  t.strictSame((await openAt(all)).get(1)?.end, { how: 'died' });
});

t.test('a panic is forgotten once it is written down', async (t) => {
  const all = await device(t);
  await (await openAt(all)).begin(trialOf('b1'));
  await mkdir(all.layout.pstore, { recursive: true });
  const text = 'Panic#1 Part1\n<0>[ 1.0] Kernel panic - not syncing: x\n<4>[ 1.1] Call trace:\n';
  await writeFile(join(all.layout.pstore, 'dmesg-ramoops-0'), text);
  all.disk.faults.readOnly = true;
  const first = await openAt(all);
  t.equal(await first.begin(afterTrial('b2')), false);
  t.match(first.get(1), { end: { how: 'panic' } }, 'it is known, though not written');
  t.strictSame(first.panicOf(trying), {
    line: 'Kernel panic - not syncing: x',
    text: ['[ 1.0] Kernel panic - not syncing: x', '[ 1.1] Call trace:'],
  });
  t.strictSame(await readdir(all.layout.pstore), ['dmesg-ramoops-0']);
  all.disk.faults.readOnly = false;
  const second = await openAt(all);
  t.equal(await second.begin(afterTrial('b2')), true);
  t.match(second.get(1), { end: { how: 'panic' } });
  t.strictSame(await readdir(all.layout.pstore), []);
  const third = await openAt(all);
  await third.begin(afterTrial('b2'));
  t.match(third.panicOf(trying), { line: 'Kernel panic - not syncing: x' }, 'also after the daemon was started again');
  t.equal(third.panicOf({ kernel: 'virt-kernel_x3.snap' }), undefined, 'of another trial nothing is known');
});

t.test('the panic of the boot after a trial is not taken for that of the trial', async (t) => {
  const all = await device(t);
  await (await openAt(all)).begin(trialOf('b1'));
  await (await openAt(all)).begin(afterTrial('b2'));
  await mkdir(all.layout.pstore, { recursive: true });
  const text = 'Panic#1 Part1\n<0>[ 1.0] Kernel panic - not syncing: x\n';
  await writeFile(join(all.layout.pstore, 'dmesg-ramoops-0'), text);
  const journal = await openAt(all);
  await journal.begin(startOf('b3'));
  t.match(journal.get(2), { end: { how: 'panic' } });
  t.equal(journal.panicOf(trying), undefined);
});

t.test('changes that come while a write is under way go with the next one', async (t) => {
  const all = await device(t);
  const journal = await openAt(all);
  await journal.begin(startOf('b1'));
  const before = journal.bytesWritten;
  const written = await Promise.all([
    journal.mark('systemd', 1),
    journal.mark('target', 2),
    journal.health({ checks: [] }),
    journal.mark('verdict', 3),
  ]);
  t.strictSame(written, [true, true, true, true]);
  t.ok(journal.bytesWritten - before <= 2 * 4096, 'one write, or two');
  t.strictSame((await openAt(all)).get(1), journal.current);
});

t.test('a medium that is gone, full of garbage or never answers stops nothing', async (t) => {
  const { layout } = await device(t);
  const gone = await openAt({ disk: new SimDisk(), layout });
  t.equal(await gone.begin(startOf('b1')), false);
  t.equal(await gone.mark('target', 1), false);
  t.equal(await gone.ending('rejected'), false);
  t.match(gone.list(), [{ boot: 1, marks: [{}, {}, { stage: 'target' }], end: { how: 'rejected' } }], 'it remembers');
  t.equal(gone.bytesWritten, 0);
  const garbage = new SimDisk();
  garbage.seed(join(layout.rawPlaces, 'hf-journal'), Buffer.alloc(1 << 18, 'HOLDFAST-BOOT 1 9 9 '));
  const journal = await openAt({ disk: garbage, layout });
  t.equal(await journal.begin(startOf('b1')), true);
  t.equal(journal.current?.boot, 1);
  const silent = new SimDisk();
  silent.addDevice(join(layout.rawPlaces, 'hf-journal'), 1 << 18);
  silent.rewrite = () => new Promise(() => {});
  const waiting = await openAt({ disk: silent, layout });
  void waiting.begin(startOf('b1'));
  while (waiting.current === undefined) await new Promise(setImmediate);
  void waiting.verdict({ kind: 'bad', by: 'agent', reason: 'r', evidence: [] });
  t.equal(waiting.current.verdict?.reason, 'r', 'what it knows does not wait for the medium');
});

t.test('a boot was followed when one is known between it and the present one', async (t) => {
  const at = await device(t);
  await (await openAt(at)).begin(trialOf('trial'));
  const next = await openAt(at);
  await next.begin(afterTrial('next'));
  t.notOk(next.wasFollowed('trial'), 'this one comes right after it');
  const later = await openAt(at);
  await later.begin(startOf('later'));
  t.ok(later.wasFollowed('trial'));
  t.notOk(later.wasFollowed('next'));
  t.notOk(later.wasFollowed('nobody'));
  t.notOk(later.wasFollowed(''), 'a trace that does not say whose it is');
});
