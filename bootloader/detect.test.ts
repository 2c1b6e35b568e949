import t from 'tap';
import {
  type BootloaderName,
  bootloaderForGadget,
  type FindOptions,
  findBootloader,
  type RootFacts,
  ubootEnvPath,
} from './detect.ts';

const rootWith = (...paths: readonly string[]): RootFacts => ({ exists: (path) => paths.includes(path) });

const RUN: FindOptions = { role: 'run-mode' };
const RUN_PARTITION: FindOptions = { role: 'run-mode', noSlashBoot: true };
const RECOVERY: FindOptions = { role: 'recovery' };
const IMAGE: FindOptions = { prepareImageTime: true };

t.test('bootloaderForGadget goes by marker files, and by the boot state structure first (O1 to O3)', async (t) => {
  const rows: readonly [row: string, files: readonly string[], hasBootState: boolean, name: BootloaderName][] = [
    ['O1', ['grub.conf'], false, 'grub'],
    ['O1', ['uboot.conf'], false, 'uboot'],
    ['O1', ['androidboot.conf'], false, 'androidboot'],
    ['O1', ['lk.conf'], false, 'lk'],
    ['O2', [], true, 'ubootpart'],
    ['O3', ['uboot.conf'], true, 'ubootpart'],
    ['uboot before grub', ['grub.conf', 'uboot.conf'], false, 'uboot'],
  ];
  for (const [row, files, hasBootState, name] of rows) {
    const found = bootloaderForGadget({ exists: (file) => files.includes(file), hasBootState });
    t.equal(found, name, `${row}: ${files.join(' ')}`);
  }
  t.throws(() => bootloaderForGadget({ exists: (file) => file === 'boot.conf', hasBootState: false }), {
    name: 'DetectError',
    code: 'not-found',
    message: /^cannot determine bootloader: .*uboot\.conf/,
  });
});

t.test('findBootloader goes by what exists for the role (O4, O6)', async (t) => {
  const bootState = '/dev/disk/by-partlabel/ubuntu-boot-state';
  const rows: readonly [row: string, path: string, options: FindOptions, name: BootloaderName][] = [
    ['O4', '/boot/grub/grub.cfg', {}, 'grub'],
    ['O4', '/EFI/ubuntu/grub.cfg', RUN_PARTITION, 'grub'],
    ['O4', '/EFI/ubuntu/grub.cfg', RECOVERY, 'grub'],
    ['O4', '/boot/uboot/uboot.env', {}, 'uboot'],
    ['O4', '/uboot/ubuntu/boot.sel', RUN_PARTITION, 'uboot'],
    ['O4', '/boot/androidboot/androidboot.env', {}, 'androidboot'],
    ['O4', '/dev/disk/by-partlabel/snapbootsel', {}, 'lk'],
    ['O4', '/boot/lk/snapbootsel.bin', IMAGE, 'lk'],
    ['O6', '/../ubuntu-boot-state.img', IMAGE, 'ubootpart'],
    ['O6', '/../ubuntu-boot-state.img', { ...IMAGE, ...RECOVERY }, 'ubootpart'],
    ['run time', bootState, {}, 'ubootpart'],
    ['run time', bootState, RUN, 'ubootpart'],
    ['run time', bootState, RECOVERY, 'ubootpart'],
    ['second copy', '/dev/disk/by-partlabel/snapbootselbak', {}, 'lk'],
    ['with /boot', '/boot/grub/grub.cfg', RUN, 'grub'],
    ['with /boot', '/boot/uboot/boot.sel', RUN, 'uboot'],
    ['image of UC20', '/uboot/ubuntu/boot.sel', { ...IMAGE, ...RECOVERY }, 'uboot'],
  ];
  for (const [row, path, options, name] of rows) {
    t.same(findBootloader(rootWith(path), options), { name, path }, `${row}: ${path} ${JSON.stringify(options)}`);
  }
});

t.test('findBootloader does not take the marker of another role or time', async (t) => {
  const rows: readonly [path: string, options: FindOptions][] = [
    ['/boot/uboot/uboot.env', RUN],
    ['/boot/uboot/boot.sel', {}],
    ['/boot/uboot/boot.sel', RECOVERY],
    ['/uboot/ubuntu/boot.sel', RUN],
    ['/EFI/ubuntu/grub.cfg', {}],
    ['/boot/grub/grub.cfg', RECOVERY],
    ['/../ubuntu-boot-state.img', {}],
    ['/dev/disk/by-partlabel/ubuntu-boot-state', IMAGE],
    ['/boot/lk/snapbootsel.bin', {}],
    ['/dev/disk/by-partlabel/snapbootsel', IMAGE],
    ['/dev/disk/by-partlabel/snapbootsel', RUN],
  ];
  for (const [path, options] of rows) {
    const refusal = { name: 'DetectError', code: 'not-found', message: /^cannot determine bootloader/ };
    t.throws(() => findBootloader(rootWith(path), options), refusal, `${path} ${JSON.stringify(options)}`);
  }
});

t.test('findBootloader asks in a fixed order', async (t) => {
  const inOrder = [
    '/dev/disk/by-partlabel/ubuntu-boot-state',
    '/boot/uboot/uboot.env',
    '/boot/grub/grub.cfg',
    '/boot/androidboot/androidboot.env',
    '/dev/disk/by-partlabel/snapbootsel',
  ];
  for (const [at, path] of inOrder.entries()) t.equal(findBootloader(rootWith(...inOrder.slice(at))).path, path);
});

t.test('a known boot disk alone decides about ubootpart (K18)', async (t) => {
  const stick = rootWith('/dev/disk/by-partlabel/ubuntu-boot-state');
  const lacking = { ...stick, partitionOfBootDisk: () => undefined };
  t.throws(() => findBootloader(lacking, RUN), { code: 'not-found' }, 'the partition is on another disk');
  const having = { ...stick, partitionOfBootDisk: (name: string) => `/dev/boot-disk-${name}` };
  t.same(findBootloader(having, RUN), { name: 'ubootpart', path: '/dev/boot-disk-ubuntu-boot-state' });
});

t.test('options that contradict each other are errors before anything is asked (O5)', async (t) => {
  const blind: RootFacts = {
    exists: () => {
      throw new Error('asked');
    },
  };
  const sole = /^internal error: bootloader.RoleSole doesn't expect NoSlashBoot set$/;
  const image = /^internal error: cannot use run mode bootloader at prepare-image time$/;
  const rows: readonly [options: FindOptions, message: RegExp][] = [
    [{ noSlashBoot: true }, sole],
    [{ noSlashBoot: true, role: 'sole', prepareImageTime: true }, sole],
    [{ prepareImageTime: true, role: 'run-mode' }, image],
  ];
  for (const [options, message] of rows) {
    const refusal = { name: 'DetectError', code: 'bad-options', message };
    t.throws(() => findBootloader(blind, options), refusal, JSON.stringify(options));
    t.throws(() => ubootEnvPath(options), refusal, `path: ${JSON.stringify(options)}`);
  }
});

t.test('ubootEnvPath is the path of the role (J17)', async (t) => {
  t.equal(ubootEnvPath(), '/boot/uboot/uboot.env');
  t.equal(ubootEnvPath(RUN_PARTITION), '/uboot/ubuntu/boot.sel');
  t.equal(ubootEnvPath(RUN), '/boot/uboot/boot.sel');
  t.equal(ubootEnvPath(RECOVERY), '/uboot/ubuntu/boot.sel');
});
