/** What happens to a device that runs, and what its operator does: each from outside, or typed at its shell. */
import type { Device } from './device.ts';

/** Nobody answers on D-Bus any more, and nothing brings it back in this boot. */
export async function stopDbus(device: Device): Promise<void> {
  await device.run('systemctl mask --runtime --now dbus.socket dbus.service');
}

/** Takes all the room on the writable partition, also what is kept for root. @returns what a write then says */
export async function fillWritable(device: Device): Promise<string> {
  const sizes = '256MiB 16MiB 1MiB 64KiB 4KiB';
  const fill = 'while fallocate --length $size /writable/fill-$n 2> /dev/null; do n=$((n + 1)); done';
  await device.run(`n=0; for size in ${sizes}; do ${fill}; done; sync /writable`);
  return (await device.tryRun('dd if=/dev/zero of=/writable/fill-more bs=4096 count=1')).output;
}

/** Makes the room again. */
export async function emptyWritable(device: Device): Promise<void> {
  await device.run('rm -f /writable/fill-* && sync');
}

/** No write to a file system comes through any more, as after an error of the medium. @returns what a write then says */
export async function makeReadOnly(device: Device): Promise<string> {
  await device.machine.console.send('dmesg --console-level 7; echo u > /proc/sysrq-trigger\n');
  await device.expect('Emergency Remount complete');
  return (await device.tryRun('touch /writable/probe')).output;
}

/** Changes the configuration of the system, as `snap set system` does. */
export async function configure(device: Device, options: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify(options);
  const program = [
    'const r=require("http").request({socketPath:"/run/snapd.socket",method:"PUT",path:"/v2/snaps/system/conf",',
    'headers:{"content-type":"application/json"}},a=>{let t="";a.on("data",d=>t+=d).on("end",()=>{console.log(t);',
    'process.exitCode=a.statusCode<300?0:1})});',
    `r.end(${JSON.stringify(body)})`,
  ].join('');
  await device.run(`/snap/holdfast/current/bin/node -e '${program}'`);
  await device.settled();
}
