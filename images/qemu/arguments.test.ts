import t from 'tap';
import { type QemuPlan, qemuArguments } from './arguments.ts';

const SMALLEST: QemuPlan = {
  memoryMiB: 512,
  cpus: 1,
  accelerator: 'tcg',
  clock: 'host',
  watchdog: false,
  firmware: '/u-boot.bin',
  serialLog: '/log',
  network: false,
  incoming: false,
};

/** The values that follow an option. */
function values(plan: QemuPlan, option: string): string[] {
  const args = qemuArguments(plan);
  return args.flatMap((arg, index) => (args[index - 1] === option ? [arg] : []));
}

function nodes(plan: QemuPlan): Record<string, unknown>[] {
  return values(plan, '-blockdev').map((text) => JSON.parse(text));
}

t.test('qemuArguments emulates, without network, display or defaults, and waits for a console', async (t) => {
  const args = qemuArguments(SMALLEST);
  for (const option of ['-nodefaults', '-S', '-preconfig']) t.ok(args.includes(option), option);
  t.same(values(SMALLEST, '-accel'), ['tcg']);
  t.same(values(SMALLEST, '-cpu'), ['cortex-a72']);
  t.same(values(SMALLEST, '-m'), ['512']);
  t.same(values(SMALLEST, '-nic'), ['none']);
  t.same(values(SMALLEST, '-bios'), ['/u-boot.bin']);
  t.same(values(SMALLEST, '-machine'), ['virt,acpi=off']);
  t.same(values(SMALLEST, '-device'), ['virtio-rng-pci,addr=5']);
  t.same(nodes(SMALLEST), []);
  t.notOk(args.includes('-incoming'));
  t.same(values({ ...SMALLEST, incoming: true }, '-incoming'), ['defer']);
  t.same(values({ ...SMALLEST, accelerator: 'kvm' }, '-cpu'), ['host']);
  t.same(values(SMALLEST, '-icount'), []);
  t.same(values({ ...SMALLEST, clock: 'instructions' }, '-icount'), ['shift=2']);
  t.same(values({ ...SMALLEST, clock: 'instructions' }, '-rtc'), ['base=utc,clock=vm']);
  t.same(values({ ...SMALLEST, accelerator: 'kvm', clock: 'instructions' }, '-icount'), []);
});

t.test('qemuArguments gives every device the PCI number that the boot script knows', async (t) => {
  const plan: QemuPlan = {
    ...SMALLEST,
    watchdog: true,
    flash: '/flash.img',
    disk: { file: '/disk, with comma', format: 'qcow2' },
    payload: { file: '/payload', format: 'raw' },
  };
  t.same(values(plan, '-device'), [
    'i6300esb,addr=2',
    'virtio-blk-pci,drive=disk,addr=3',
    'virtio-blk-pci,drive=payload,addr=4',
    'virtio-rng-pci,addr=5',
  ]);
  t.same(values(plan, '-action'), ['watchdog=reset']);
  t.same(values(plan, '-machine'), ['virt,acpi=off,pflash1=flash1']);
  t.match(nodes(plan), [
    { 'node-name': 'flash1', driver: 'raw', 'read-only': true, file: { filename: '/flash.img' } },
    { 'node-name': 'disk', driver: 'qcow2', 'read-only': false, file: { filename: '/disk, with comma' } },
    { 'node-name': 'payload', driver: 'raw', 'read-only': true, file: { filename: '/payload' } },
  ]);
});

t.test('qemuArguments gives a network that leads to its services alone', async (t) => {
  const services = [
    { address: '10.0.2.100', port: 80, hostPort: 40000 },
    { address: '10.0.2.101', port: 443, hostPort: 40001 },
  ];
  const plan: QemuPlan = { ...SMALLEST, network: true };
  t.same(values(plan, '-netdev'), ['user,id=net,ipv6=off,restrict=on']);
  t.same(values({ ...plan, services }, '-netdev'), [
    'user,id=net,ipv6=off,restrict=on,guestfwd=tcp:10.0.2.100:80-cmd:busybox nc 127.0.0.1 40000,guestfwd=tcp:10.0.2.101:443-cmd:busybox nc 127.0.0.1 40001',
  ]);
  t.same(values(plan, '-device')[0], 'virtio-net-pci,id=nic,netdev=net,addr=6,romfile=');
  t.notOk(qemuArguments(plan).includes('-nic'));
});

t.test('qemuArguments puts the recorder between the device and the image', async (t) => {
  const plan: QemuPlan = { ...SMALLEST, disk: { file: '/disk', format: 'qcow2' }, recordWrites: '/writes' };
  t.match(nodes(plan), [
    { 'node-name': 'disk-image', driver: 'qcow2', file: { filename: '/disk' } },
    { 'node-name': 'disk-log', driver: 'file', filename: '/writes' },
    {
      'node-name': 'disk',
      driver: 'blklogwrites',
      file: 'disk-image',
      log: 'disk-log',
      'log-sector-size': 512,
      'log-super-update-interval': 1,
    },
  ]);
  t.ok(values(plan, '-device').includes('virtio-blk-pci,drive=disk,addr=3'));
});

t.test('qemuArguments keeps commas of a log file out of the option syntax', async (t) => {
  t.match(values({ ...SMALLEST, serialLog: '/a,b' }, '-chardev')[1], /logfile=\/a,,b,logappend=on$/);
});

for (const [name, change] of Object.entries({
  'no memory': { memoryMiB: 0 },
  'half a MiB': { memoryMiB: 0.5 },
  'too much memory': { memoryMiB: 1_000_000 },
  'too many processors': { cpus: 9 },
  'a recorder without a disk': { recordWrites: '/writes' },
  'services without a network': { services: [{ address: '10.0.2.100', port: 80, hostPort: 1 }] },
  'a service in another network': { network: true, services: [{ address: '10.0.3.1', port: 80, hostPort: 1 }] },
  'a service at a list of options': { network: true, services: [{ address: '10.0.2.1,x', port: 80, hostPort: 1 }] },
  'a service at no port': { network: true, services: [{ address: '10.0.2.100', port: 0, hostPort: 1 }] },
  'a service from no port': { network: true, services: [{ address: '10.0.2.100', port: 80, hostPort: 65536 }] },
})) {
  t.test(`qemuArguments refuses ${name}`, async (t) => {
    t.throws(() => qemuArguments({ ...SMALLEST, ...change }), { code: 'bad-argument', message: /^cannot / });
  });
}
