/** The base and the kernel snap that the tests boot: one static program, one script, and something to recognise. */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackage, unpackPackage } from '../debian.ts';
import { CACHE, run } from './run.ts';

/** PID 1 of the base: tells what the initramfs left to it, then powers off, or waits to be reset. */
const INIT = `#!/bin/busybox sh
export PATH=/bin
echo 'base: init runs'
sed 's/^/boot: /' /run/holdfast/boot
sed 's/^/utab: /' /run/mount/utab
dmesg | sed -n 's/^.*] holdfast: /log: holdfast: /p'
cat /run/systemd/system.conf.d/* | sed 's/^/systemd: /'
echo "base: watchdog $(cat /sys/class/watchdog/watchdog0/state), $(cat /sys/class/watchdog/watchdog0/timeout) s"
echo "base: modules $(cat /usr/lib/modules/marker), firmware $(cat /usr/lib/firmware/marker), var $(cat /var/from-base)"
for directory in /etc /var /root /home /snap /tmp /writable /boot/uboot; do
  true > $directory/new && echo "base: can write $directory"
done
if [ -e /run/holdfast/deadman.pid ]; then
  tr '\\0' ' ' < /proc/$(cat /run/holdfast/deadman.pid)/cmdline | sed 's/^/dead man: /; s/$/\\n/'
fi
sync
while grep -q test.hang /proc/cmdline; do sleep 60; done
poweroff -f
`;

const APPLETS = ['dmesg', 'sh', 'sed', 'cat', 'tr', 'grep', 'sync', 'sleep', 'poweroff'];
const FOLDERS = [
  ...['bin', 'sbin', 'etc', 'proc', 'sys', 'dev', 'run', 'tmp', 'root', 'home', 'snap', 'var', 'writable'],
  ...['boot/uboot', 'usr/lib/modules', 'usr/lib/firmware'],
];

function squashfs(tree: string, outFile: string): void {
  run('mksquashfs', tree, outFile, '-all-root', '-noappend', '-quiet');
}

export async function makeBase(scratch: string, outFile: string): Promise<void> {
  const tree = join(scratch, 'base');
  for (const folder of FOLDERS) mkdirSync(join(tree, folder), { recursive: true });
  await unpackPackage(await fetchPackage('busybox-static', 'arm64', CACHE), join(scratch, 'busybox'));
  copyFileSync(join(scratch, 'busybox/bin/busybox'), join(tree, 'bin/busybox'));
  for (const name of APPLETS) symlinkSync('busybox', join(tree, 'bin', name));
  writeFileSync(join(tree, 'sbin/init'), INIT);
  for (const program of ['bin/busybox', 'sbin/init']) chmodSync(join(tree, program), 0o755);
  writeFileSync(join(tree, 'var/from-base'), 'filled');
  squashfs(tree, outFile);
}

export function makeKernelSnap(scratch: string, outFile: string): void {
  const tree = join(scratch, 'kernel');
  for (const folder of ['modules', 'firmware']) {
    mkdirSync(join(tree, folder), { recursive: true });
    writeFileSync(join(tree, folder, 'marker'), 'seen');
  }
  squashfs(tree, outFile);
}
