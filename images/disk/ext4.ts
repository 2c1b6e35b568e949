import type { PlacedStructure } from '../../gadget/layout.ts';
import { DiskImageError } from './error.ts';
import { guidOf } from './guid.ts';
import { FIXED_TIME, run } from './run.ts';

/** What goes into an ext4 file system, in the order in which it is made; owned by root. */
export type Ext4Entry =
  | { readonly path: string; readonly kind: 'directory' }
  | { readonly path: string; readonly kind: 'file'; readonly from: string }
  | { readonly path: string; readonly kind: 'symlink'; readonly target: string };

/** Fixed here, because the defaults of mke2fs come from a configuration file of the machine that builds. */
const FEATURES =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum';
const BLOCK_BYTES = 4096;
const BYTES_PER_INODE = 32768;

/** One quoted word of debugfs's command language. */
function quote(text: string): string {
  if (/["\n\r\\]/.test(text))
    throw new DiskImageError('bad-input', `cannot write "${text}" into ext4: strange characters`);
  return `"${text}"`;
}

/** The commands that fill a file system, and then give every file of it one mode. Pure. */
export function debugfsCommands(entries: readonly Ext4Entry[]): string {
  const lines = entries.flatMap((entry) => {
    const path = quote(`/${entry.path}`);
    if (entry.kind === 'directory') return [`mkdir ${path}`];
    if (entry.kind === 'symlink') return [`symlink ${path} ${quote(entry.target)}`];
    return [`write ${quote(entry.from)} ${path}`, `set_inode_field ${path} mode 0100644`];
  });
  return `${lines.join('\n')}\n`;
}

/**
 * Makes an ext4 file system inside a disk image, in place. `mke2fs -d` would copy owners, change times and the order of
 * directories from the machine that builds; debugfs takes them from us.
 */
export async function makeExt4(
  disk: string,
  { structure, start, end }: PlacedStructure,
  entries: readonly Ext4Entry[],
): Promise<void> {
  const env = { ...FIXED_TIME, MKE2FS_CONFIG: '/dev/null' };
  const uuid = guidOf(`ext4 ${structure.name}`).toLowerCase();
  await run(
    'mke2fs',
    [
      ...[
        '-q',
        '-F',
        '-t',
        'ext4',
        '-O',
        FEATURES,
        '-b',
        String(BLOCK_BYTES),
        '-I',
        '256',
        '-i',
        String(BYTES_PER_INODE),
      ],
      ...[
        '-m',
        '1',
        '-J',
        'size=16',
        '-L',
        structure.label ?? structure.name,
        '-U',
        uuid,
        '-e',
        'remount-ro',
        '-o',
        'Linux',
      ],
      ...['-E', `offset=${start},hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0`],
      ...[disk, String((end - start) / BLOCK_BYTES)],
    ],
    { env },
  );
  const image = `${disk}?offset=${start}`;
  await run('debugfs', ['-w', '-f', '-', image], { env, input: debugfsCommands(entries), errorsAllowed: /^debugfs / });
}
