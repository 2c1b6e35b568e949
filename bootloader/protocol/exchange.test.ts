import { crc32 } from 'node:zlib';
import t from 'tap';
import { exportedBytes, readVars } from './exchange.ts';
import { placeBytes } from './plan.ts';
import { readBootState } from './state.ts';
import { PLACE_BYTES, type Vars } from './types.ts';

/** An image with a right checksum over any list. The machine tests hold U-Boot to the same answers. */
function image(list: string, padding = 0): Uint8Array {
  const bytes = Buffer.alloc(PLACE_BYTES, padding);
  bytes.write(list, 4, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

t.test('a list is read as U-Boot imports it', async (t) => {
  const rows: readonly (readonly [title: string, list: string, vars: Vars | undefined])[] = [
    ['nothing', '\0', {}],
    ['a set', 'snap_core=b.snap\0snap_kernel=k.snap\0\0', { snap_core: 'b.snap', snap_kernel: 'k.snap' }],
    ['an empty value is none', 'snap_mode=\0snap_gen=1\0\0', { snap_gen: '1' }],
    ['what is behind two NULs', 'snap_gen=1\0\0snap_mode=try\0\0', { snap_gen: '1' }],
    ['a NUL at the beginning', '\0snap_gen=1\0\0', { snap_gen: '1' }],
    ['of a name of ours the first counts', 'snap_gen=1\0snap_gen=2\0\0', { snap_gen: '1' }],
    ['also where it has no value', 'snap_gen\0snap_gen=2\0\0', {}],
    ['of another name the last', 'other=1\0other=2\0\0', { other: '2' }],
    ['and without a value it goes', 'other=1\0other\0\0', {}],
    ['nothing at all before a value', 'snap_gen=1\0=x\0\0', undefined],
    ['nothing at all, and no value', '=\0snap_gen=1\0\0', { snap_gen: '1' }],
    ['blanks before a name', ' \tsnap_gen=1\0  \0\0', { snap_gen: '1' }],
    ['a comment', '#snap_gen=1\0snap_mode=try\0\0', { snap_mode: 'try' }],
    ['escapes', 'snap_gen=\\1\0other=a\\\\b\\\0\0', { snap_gen: '1', other: 'a\\b\\' }],
    [
      'values that are not plain',
      "snap_mode='try'\0snap_gen=-n\0snap_core=a;b\0snap_prev=a b\0\0",
      { snap_prev: 'a b' },
    ],
    ['which others may have', 'other=$a;\0\0', { other: '$a;' }],
  ];
  for (const [title, list, vars] of rows) t.same(readVars(image(list)), vars, title);
  t.same(readVars(image('snap_gen=1\0', 0xff))?.['snap_gen'], '1', 'erased bytes behind the list');
  const full = `snap_gen=${'1'.repeat(PLACE_BYTES - 4 - 'snap_gen='.length)}`;
  t.equal(readVars(image(full))?.['snap_gen']?.length, PLACE_BYTES - 4 - 'snap_gen='.length, 'a list without an end');
});

t.test('a set whose name is not plain is none', async (t) => {
  const bytes = placeBytes({ snap_kernel: "k'.snap", snap_core: 'b.snap' });
  const state = readBootState({ 'env-a': bytes, 'env-b': undefined, good: bytes, mark: undefined });
  t.equal(state.source, 'none');
});

t.test('what is exported is imported again, and what has no room is not exported', async (t) => {
  const vars = { snap_mode: 'trying', snap_kernel: 'k_1.snap', snap_gen: '2' };
  const bytes = exportedBytes(vars) ?? new Uint8Array();
  t.same(readVars(bytes), vars);
  t.equal(bytes.at(-1), 0, 'padded as U-Boot does');
  t.same(exportedBytes({ ...vars, snap_try_left: '' }), bytes, 'an empty value is none');
  const room = PLACE_BYTES - 4 - 'snap_mark=\0\0'.length;
  t.equal(readVars(exportedBytes({ snap_mark: 'x'.repeat(room) }))?.['snap_mark']?.length, room);
  t.equal(exportedBytes({ snap_mark: 'x'.repeat(room + 1) }), undefined);
});
