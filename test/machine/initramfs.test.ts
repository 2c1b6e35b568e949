/** The initramfs on a real kernel in QEMU, started directly; outcomes are read from the console, from QMP and from the disk. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { buildInitramfs } from '../../bootloader/initramfs/build.ts';
import { type Blobs, CORE, type Fault, KERNEL, makeDisk, sectorOf } from '../../bootloader/initramfs/testing/disk.ts';
import { debianKernel } from '../../bootloader/initramfs/testing/kernel.ts';
import { type Boot, boot } from '../../bootloader/initramfs/testing/machine.ts';
import { CACHE } from '../../bootloader/initramfs/testing/run.ts';
import { makeBase, makeKernelSnap } from '../../bootloader/initramfs/testing/snaps.ts';

const TRIAL = 'holdfast.rule=try holdfast.trial=1';
const GOOD = 'holdfast.rule=default';
const MARK = 'snap_mark=good-failed';
const STARTS_OVER = 'hf_starts=0';

const root = t.testdir();
const kernel = await debianKernel();
const initrd = join(root, 'initrd.img');
await buildInitramfs({
  kernelModulesDir: kernel.modulesDir,
  kernelVersion: kernel.version,
  arch: 'arm64',
  outFile: initrd,
  cacheDir: CACHE,
});
const blobs: Blobs = { base: join(root, 'base.snap'), kernel: join(root, 'kernel.snap') };
await makeBase(root, blobs.base);
makeKernelSnap(root, blobs.kernel);

let boots = 0;

async function bootWith(words: string, fault: Fault = {}, readOnly = false): Promise<Boot> {
  boots += 1;
  const scratch = join(root, String(boots));
  mkdirSync(scratch);
  const disk = await makeDisk(scratch, blobs, fault);
  return boot({ scratch, kernel, initrd, disk, words, readOnly });
}

/** The lines of the console that begin with `heading: `, without it. */
function linesOf({ console }: Boot, heading: string): string[] {
  const start = `${heading}: `;
  return console.split('\n').flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

/** The console at a failure, for whoever reads the report. */
function seen({ console }: Boot): { readonly console: string } {
  return { console };
}

function traceOf(facts: Readonly<Record<string, string>>): string {
  const lines = Object.entries(facts).map(([key, value]) => `${key}=${value}\n`);
  return `HOLDFAST-TRACE 1\n${lines.join('')}`;
}

/** Facts without those that differ from boot to boot; these must be there. */
function lasting(t: Test, facts: string): string {
  t.match(facts, /^boot-id=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\nuptime=\d+\.\d\d$/m);
  return facts.replace(/^(boot-id|uptime|marks)=.*\n/gm, '');
}

/** The lasting lines of `/run/holdfast/boot`. */
function factsOf(t: Test, boot: Boot): string[] {
  return lasting(t, linesOf(boot, 'boot').join('\n')).split('\n');
}

const NAMES = { kernel: KERNEL, core: CORE, gadget: 'gadget_x1.snap' };

t.test('a good set reaches the init of its base with all that it needs', async (t) => {
  const result = await bootWith(`${GOOD} snap_core=other_x1.snap`);
  t.match(linesOf(result, 'base'), ['init runs', 'watchdog active, 30 s'], seen(result));
  t.same(linesOf(result, 'holdfast-deadman'), ['handed over: whoever comes next must feed the watchdog']);
  t.same(linesOf(result, 'dead man'), [], 'the dead man has left, and its files with it');
  t.equal(result.starts.slice(4), STARTS_OVER, 'the count of starts begins anew');
  t.same(linesOf(result, 'base').slice(2), [
    'modules seen, firmware seen, var filled',
    ...['/etc', '/var', '/root', '/home', '/snap', '/tmp', '/writable', '/boot/uboot'].map(
      (path) => `can write ${path}`,
    ),
  ]);
  t.same(factsOf(t, result), [
    ...['kernel=kernel_x1.snap', 'core=base_x1.snap', 'gadget=gadget_x1.snap', 'rule=default', 'trial=0'],
    ...['stage=switched', 'message=', 'fsck=clean', 'digest=ok', 'writable=rw'],
  ]);
  const [marks = ''] = linesOf(result, 'boot').filter((line) => line.startsWith('marks='));
  t.match(marks, /^marks=initramfs:\d+\.\d\d,mounted:\d+\.\d\d,switched:\d+\.\d\d$/);
  t.match(linesOf(result, 'log'), [
    /^holdfast: boot [0-9a-f-]{36} kernel=kernel_x1\.snap core=base_x1\.snap gadget=gadget_x1\.snap trial=0$/,
  ]);
  t.same(linesOf(result, 'systemd'), ['[Manager]', 'RuntimeWatchdogSec=30']);
  t.match(linesOf(result, 'utab'), [
    /^SRC=\/dev\/loop\d TARGET=\/usr\/lib\/modules ROOT=\/modules OPTS=x-initrd\.mount$/,
    /^SRC=\/dev\/loop\d TARGET=\/usr\/lib\/firmware ROOT=\/firmware /,
    /^SRC=overlay TARGET=\/etc ROOT=\/ /,
    /^SRC=\/dev\/vda6 TARGET=\/var ROOT=\/system-data\/var /,
    /^SRC=\/dev\/vda6 TARGET=\/snap ROOT=\/system-data\/snap /,
    /^SRC=\/dev\/vda6 TARGET=\/root ROOT=\/system-data\/root /,
    /^SRC=\/dev\/vda6 TARGET=\/home ROOT=\/system-data\/home /,
    /^SRC=\/dev\/vda6 TARGET=\/writable ROOT=\/ /,
  ]);
  t.equal(result.trialTrace, '', 'what a trial left before it is not touched');
  t.equal(lasting(t, result.trace), traceOf({ ...NAMES, rule: 'default', trial: '0', stage: 'switched', message: '' }));
  t.equal(result.mark, '', 'a good boot leaves no mark');
  t.equal(result.end, 'guest-shutdown');

  const writes = result.writes.map(({ sector, flush, data }) => (flush ? 'flush' : `${data.length} at ${sector}`));
  t.same(
    writes.slice(0, 4),
    [`4096 at ${sectorOf('hf-env-a')}`, 'flush', `4096 at ${sectorOf('hf-journal') + 8}`, 'flush'],
    'what the boot script wrote is flushed before anything else, the trace is one write and flushed',
  );
});

t.test('a trial runs under the dead man, which resets it when no verdict comes', async (t) => {
  // The journal holds a transaction that was never brought home, as after a power cut; of the partition tables only the
  // second is left, which the boot script would have used.
  const result = await bootWith(`${TRIAL} holdfast.deadline=5 test.hang`, {
    debugfs: 'jo\njw -b 30000 /etc/hostname\njc\n',
    table: 'missing',
  });
  t.match(linesOf(result, 'base'), ['init runs', 'watchdog active, 30 s'], seen(result));
  t.same(linesOf(result, 'systemd'), [], 'systemd is not told to feed the watchdog');
  t.same(factsOf(t, result).slice(3), [
    ...['rule=try', 'trial=1', 'stage=switched', 'message=', 'fsck=repaired', 'digest=ok', 'writable=rw'],
  ]);
  t.match(linesOf(result, 'dead man'), [/^@holdfast-deadman --deadline 5 /]);
  t.same(linesOf(result, 'holdfast-deadman'), ['deadline passed without a verdict']);
  const message = 'no verdict before the deadline, last stage was switched';
  t.equal(lasting(t, result.trialTrace), traceOf({ ...NAMES, rule: 'try', trial: '1', stage: 'deadline', message }));
  t.equal(result.mark, '', 'a trial that fails says nothing about the good set');
  t.equal(result.starts.slice(4), STARTS_OVER);
  t.equal(result.end, 'guest-reset');
});

t.test(
  'a good set starts from a medium that takes no writes, with a damaged system-boot and no record of its base',
  async (t) => {
    const result = await bootWith(GOOD, { digest: 'missing', zeros: ['system-boot', 0, 65536] }, true);
    t.match(linesOf(result, 'base'), ['init runs'], seen(result));
    t.same(factsOf(t, result).slice(5), [
      ...['stage=switched', 'message=cannot mount system-boot', 'fsck=failed', 'digest=absent', 'writable=ro'],
    ]);
    t.same(
      linesOf(result, 'base').slice(2),
      [
        'modules seen, firmware seen, var filled',
        ...['/etc', '/var', '/root', '/home', '/snap', '/tmp'].map((path) => `can write ${path}`),
      ],
      'what must be writable is, in memory',
    );
    t.equal(result.end, 'guest-shutdown');
  },
);

interface Failure {
  readonly title: string;
  readonly words: string;
  readonly fault: Fault;
  readonly message: RegExp;
  /** What must be on the console before it. */
  readonly before?: string;
  readonly marked: boolean;
}

const FAILURES: readonly Failure[] = [
  {
    title: 'a trial whose base has another digest than recorded',
    words: TRIAL,
    fault: { digest: '0'.repeat(64) },
    message: /^cannot use the base base_x1\.snap: its digest is not the recorded one$/,
    marked: false,
  },
  {
    title: 'a good set whose base is missing',
    words: GOOD,
    fault: { base: 'missing' },
    message: /^cannot find the base base_x1\.snap: it is not in /,
    marked: true,
  },
  {
    // Zeros over the superblock: e2fsck finds a backup, and only then is the base looked at.
    title: 'a previous set whose base is truncated, on a file system that had to be repaired',
    words: 'holdfast.rule=previous',
    fault: { base: 65536, zeros: ['writable', 1024, 1024] },
    message: /^cannot use the base base_x1\.snap: it has 65536 bytes, its record says \d+$/,
    before: 'holdfast-init: the writable file system is repaired\n',
    marked: false,
  },
  {
    title: 'a good set that is retried after a wait and whose base is missing',
    words: 'holdfast.rule=retry',
    fault: { base: 'missing' },
    message: /^cannot find the base base_x1\.snap: it is not in /,
    marked: false,
  },
];

for (const { title, words, fault, message, before, marked } of FAILURES) {
  t.test(`${title} says so and ends in a reset`, async (t) => {
    const result = await bootWith(words, fault);
    const said = linesOf(result, 'holdfast-init').filter((line) => line.startsWith('FAILED: '));
    t.equal(said.length, 1, 'one failure is told', seen(result));
    t.match(said[0]?.slice(8), message, seen(result));
    t.ok(result.console.includes(before ?? ''), before ?? 'nothing else is expected', seen(result));
    t.notMatch(result.console, 'base: init runs');
    t.match(result.trialTrace || result.trace, /\nstage=failed\nmessage=cannot [^\n]+\n$/);
    t.equal(result.mark.slice(4), marked ? MARK : '', marked ? 'the boot script finds a mark' : 'no mark');
    t.equal(result.starts, '', 'the count of starts in vain goes on');
    const lastWriteTo = (sector: number) => result.writes.findLastIndex((write) => write.sector === sector);
    const traced = lastWriteTo(sectorOf('hf-journal') + (words === TRIAL ? 0 : 8));
    t.ok(lastWriteTo(sectorOf('hf-mark')) < traced, 'a mark is written before the trace');
    t.equal(result.end, 'guest-reset');
  });
}
