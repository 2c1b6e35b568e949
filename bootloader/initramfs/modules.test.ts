import { join } from 'node:path';
import t from 'tap';
import { InitramfsError } from './errors.ts';
import { moduleName, orderModules, parseModuleIndex, readModuleIndex } from './modules.ts';

// depmod lists all that a module needs, the nearest first, whatever their order among each other.
const DEP = `kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/lib/crc16.ko kernel/fs/mbcache.ko
kernel/fs/jbd2/jbd2.ko: kernel/lib/crc16.ko
kernel/lib/crc16.ko:
kernel/fs/mbcache.ko:
kernel/fs/fat/fat.ko:
kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko
kernel/fs/nls/nls_iso8859-1.ko:
kernel/drivers/a.ko: kernel/drivers/b.ko
kernel/drivers/b.ko: kernel/drivers/a.ko
kernel/drivers/lost.ko: kernel/drivers/gone.ko
`;
const BUILTIN = 'kernel/drivers/watchdog/watchdog-core.ko\nkernel/fs/ext2.ko\n';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof InitramfsError) return error.code;
    throw error;
  }
  return 'none';
}

t.test('names of modules are the same with - and _, compressed or not', async (t) => {
  t.equal(moduleName('kernel/fs/nls/nls_iso8859-1.ko'), 'nls_iso8859_1');
  t.equal(moduleName('a/i6300esb.ko.xz'), 'i6300esb');
  t.equal(moduleName('virtio_blk'), 'virtio_blk');
});

t.test('modules come after what they need, once, and without what is built in', async (t) => {
  const index = parseModuleIndex(DEP, BUILTIN);
  const cases: readonly (readonly [wanted: string[], loaded: string[], order: string[]])[] = [
    [['crc16'], [], ['crc16']],
    [['ext4'], [], ['crc16', 'jbd2', 'mbcache', 'ext4']],
    [['vfat', 'ext4', 'fat', 'vfat'], [], ['fat', 'vfat', 'crc16', 'jbd2', 'mbcache', 'ext4']],
    [['nls_iso8859-1'], [], ['nls_iso8859_1']],
    [['nls_iso8859_1'], [], ['nls_iso8859_1']],
    [['watchdog_core', 'ext2', 'crc16'], [], ['crc16']],
    [['ext4'], ['kernel/fs/jbd2/jbd2.ko', 'kernel/lib/crc16.ko'], ['mbcache', 'ext4']],
    [[], [], []],
  ];
  for (const [wanted, loaded, order] of cases) {
    t.same(orderModules(index, wanted, loaded).map(moduleName), order, wanted.join(' '));
  }
});

t.test('what cannot be ordered is an error with a name', async (t) => {
  const index = parseModuleIndex(DEP, BUILTIN);
  t.equal(
    codeOf(() => orderModules(index, ['ext5'])),
    'unknown-module',
  );
  t.equal(
    codeOf(() => orderModules(index, ['a'])),
    'module-cycle',
  );
  t.equal(
    codeOf(() => orderModules(index, ['lost'])),
    'unknown-module',
  );
});

t.test('a directory without the files of depmod is an error with a name', async (t) => {
  const directory = t.testdir({
    both: { 'modules.dep': DEP, 'modules.builtin': BUILTIN },
    half: { 'modules.dep': DEP },
  });
  t.equal(readModuleIndex(join(directory, 'both')).needs.size, 10);
  t.equal(
    codeOf(() => readModuleIndex(join(directory, 'half'))),
    'no-modules',
  );
  t.equal(
    codeOf(() => readModuleIndex(join(directory, 'none'))),
    'no-modules',
  );
});
