/**
 * What a kernel says when it panics, read by the boot that follows: the real script, U-Boot and kernel, and an init that
 * panics once it has told the kernel's log which boot it is, unless it finds what an earlier one left.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { buildInitramfs } from '../../bootloader/initramfs/build.ts';
import { debianKernel } from '../../bootloader/initramfs/testing/kernel.ts';
import { CACHE } from '../../bootloader/initramfs/testing/run.ts';
import { placeBytes } from '../../bootloader/protocol/index.ts';
import { ScriptLab } from './script-lab.ts';

const INIT = readFileSync(new URL('../../bootloader/initramfs/init', import.meta.url), 'utf8');
const AFTER = 'name_boot\n';
const ENDS = `
set +f
cat /proc/cmdline
for file in /sys/fs/pstore/*; do sed "s|^|\${file##*/}: |" "$file"; done
[ -e /sys/fs/pstore/dmesg-ramoops-0 ] || echo c > /proc/sysrq-trigger
busybox poweroff -f
`;

t.test('the boot after a panic finds its text, and which boot it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-panic-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const kernel = await debianKernel();
  const initrd = join(folder, 'initrd.img');
  t.ok(INIT.includes(`\n${AFTER}`));
  const init = Buffer.from(INIT.replace(`\n${AFTER}`, `\n${AFTER}${ENDS}`));
  await buildInitramfs({
    kernelModulesDir: kernel.modulesDir,
    kernelVersion: kernel.version,
    arch: 'arm64',
    outFile: initrd,
    cacheDir: CACHE,
    overlay: [{ kind: 'file', path: 'init', data: init, mode: 0o755 }],
  });
  const lab = await ScriptLab.create(folder);
  const disk = await lab.disk('panic', [
    { path: 'k_1.snap/kernel.img', bytes: readFileSync(kernel.image) },
    { path: 'k_1.snap/initrd.img', bytes: readFileSync(initrd) },
  ]);
  const good = { snap_kernel: 'k_1.snap', snap_core: 'b_1.snap', snap_gen: '0' };
  const medium = { 'env-a': placeBytes(good), 'env-b': placeBytes(good), good: placeBytes(good), mark: placeBytes({}) };
  const { log } = await lab.boot(disk, medium, 'panic', { reboots: true });

  t.same(
    [...log.matchAll(/^console=.* holdfast\.reset=(\w+) /gm)].map((match) => match[1]),
    ['cold', 'warm'],
    `the command lines say how the machine came to the boot: ${log}`,
  );
  const kept = log.split('\n').flatMap((line) => /^dmesg-ramoops-0: (.*)$/.exec(line)?.[1] ?? []);
  t.match(kept[0], /^Panic#1 Part1$/, 'the kernel says what the text is');
  t.match(kept.join('\n'), /^<0>\[ *\d+\.\d+\] Kernel panic - not syncing: sysrq triggered crash$/m);
  t.match(
    kept.join('\n'),
    /^<14>\[ *\d+\.\d+\] holdfast: boot [0-9a-f-]{36} kernel=k_1\.snap core=b_1\.snap gadget= trial=0$/m,
  );
  t.match(kept.join('\n'), /\] Linux version /, 'all that the kernel said in this boot has room');
});
