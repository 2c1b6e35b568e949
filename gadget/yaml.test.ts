import t from 'tap';
import { MAX_GADGET_YAML_BYTES } from './document.ts';
import { GadgetError, type GadgetErrorCode } from './error.ts';
import { MAX_SIZE_BYTES, parseSize } from './size.ts';
import { parseGadget } from './yaml.ts';

const DATA = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

/** A volume of the given structures, each written as a flow mapping. */
function volume(structures: readonly string[], head = 'bootloader: u-boot'): string {
  return `volumes:\n  disk:\n    ${head}\n    structure:\n${structures.map((s) => `      - {${s}}\n`).join('')}`;
}

function first(text: string) {
  const structure = [...parseGadget(text).volumes.values()][0]?.structures[0];
  if (structure === undefined) throw new Error('no structure');
  return structure;
}

function refusal(work: () => unknown): GadgetError {
  try {
    work();
  } catch (error) {
    if (error instanceof GadgetError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

t.test('a size is digits with an optional M or G', async (t) => {
  const good: [string, number][] = [
    ['0', 0],
    ['446', 446],
    ['1M', 1048576],
    ['4M', 4194304],
    ['1G', 1073741824],
    ['012', 12],
    ['65536G', MAX_SIZE_BYTES],
  ];
  for (const [text, bytes] of good) t.equal(parseSize(text, 'x'), bytes, text);
  const bad = [
    '',
    '-1',
    '1.5M',
    '1m',
    '1K',
    '1MB',
    ' 1',
    '1 M',
    '0x10',
    'M',
    '1e3',
    '65537G',
    '9999999999999999',
    '1\n',
  ];
  for (const text of bad) {
    const error = refusal(() => parseSize(text, 'volumes.a.structure[0].size'));
    t.equal(error.code, 'bad-size', JSON.stringify(text));
    t.equal(error.path, 'volumes.a.structure[0].size');
  }
});

t.test('every field of a structure is read', async (t) => {
  const text = `
volumes:
  pc:
    schema: gpt
    bootloader: u-boot
    id: 6DDE5E3A-1B6C-4B0D-8B0A-2A1B0C5A0001
    structure:
      - name: boot
        role: system-boot
        type: 0C,EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
        id: 11111111-2222-3333-4444-555555555555
        offset: 1M
        offset-write: mbr+92
        min-size: 32M
        size: 64M
        filesystem: vfat
        filesystem-label: system-boot
        update: {edition: 4294967295, preserve: [uboot.env, config.txt]}
        content:
          - {source: boot.scr, target: /}
          - {source: $kernel:dtbs/dtb/, target: dtbs/}
      - name: spl
        type: bare
        size: 1M
        content:
          - {image: spl.img, offset: 512, size: 1000}
          - {image: next.img}
unknown-key: ignored
`;
  const pc = parseGadget(text).volumes.get('pc');
  t.match(pc, { name: 'pc', schema: 'gpt', bootloader: 'u-boot', id: '6DDE5E3A-1B6C-4B0D-8B0A-2A1B0C5A0001' });
  t.same(pc?.structures, [
    {
      index: 0,
      name: 'boot',
      type: '0C,EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
      role: 'system-boot',
      size: 67108864,
      minSize: 33554432,
      offset: 1048576,
      offsetWrite: 'mbr+92',
      id: '11111111-2222-3333-4444-555555555555',
      filesystem: 'vfat',
      label: 'system-boot',
      content: [
        { kind: 'file', source: 'boot.scr', target: '/' },
        { kind: 'file', source: '$kernel:dtbs/dtb/', target: 'dtbs/' },
      ],
      update: { edition: 4294967295, preserve: ['uboot.env', 'config.txt'] },
    },
    {
      index: 1,
      name: 'spl',
      type: 'bare',
      role: undefined,
      size: 1048576,
      minSize: 1048576,
      offset: undefined,
      offsetWrite: undefined,
      id: undefined,
      filesystem: undefined,
      label: undefined,
      content: [
        { kind: 'image', image: 'spl.img', offset: 512, size: 1000 },
        { kind: 'image', image: 'next.img', offset: undefined, size: undefined },
      ],
      update: { edition: 0, preserve: [] },
    },
  ]);
});

t.test('what the format implies is filled in', async (t) => {
  t.equal(first(volume(['type: mbr, size: 440'])).role, 'mbr', 'type mbr is the boot code');
  const boot = first(volume([`type: ${DATA}, size: 1M, filesystem: vfat, filesystem-label: system-boot`]));
  t.equal(boot.role, 'system-boot', 'the label names the boot partition');
  const data = first(volume([`type: ${DATA}, size: 1M, filesystem: ext4, role: system-data`]));
  t.equal(data.label, 'writable', 'the data partition has its label');
  t.equal(parseGadget(volume([`type: ${DATA}, size: 1M`])).volumes.get('disk')?.schema, 'gpt', 'the schema is gpt');
  const number = first(volume(['type: 83, size: 1M, filesystem: none'], 'schema: mbr\n    bootloader: grub'));
  t.equal(number.type, '83', 'a type that looks like a number stays text');
  t.equal(number.filesystem, undefined, 'none is no file system');
});

t.test('a wrong description is refused, and the message names the part', async (t) => {
  const one = (fields: string, head?: string) => volume([fields], head);
  const at = (key: string) => `volumes.disk.structure[0].${key}`;
  const table: [title: string, text: string, code: GadgetErrorCode, path: string][] = [
    ['no volumes', 'name: x', 'missing', 'volumes'],
    ['a list at the top', '- a', 'bad-shape', ''],
    ['volumes as a list', 'volumes: [a]', 'bad-shape', 'volumes'],
    ['text that is not YAML', 'volumes: {', 'bad-yaml', ''],
    ['the same key twice', 'volumes: {}\nvolumes: {}', 'bad-yaml', ''],
    ['an empty volume', 'volumes:\n  disk:\n', 'missing', 'volumes.disk'],
    ['a short volume name', 'volumes:\n  a: {bootloader: grub}', 'bad-name', 'volumes.a'],
    ['a schema nobody knows', one(`type: ${DATA}, size: 1M`, 'schema: apm'), 'bad-value', 'volumes.disk.schema'],
    [
      'piboot without a grade',
      one(`type: ${DATA}, size: 1M`, 'bootloader: piboot'),
      'conflict',
      'volumes.disk.bootloader',
    ],
    ['an eMMC volume', one('name: boot0', 'schema: emmc'), 'not-supported', 'volumes.disk.schema'],
    ['a partial volume', one('name: a', 'partial: [size]'), 'not-supported', 'volumes.disk.partial'],
    ['structures as a mapping', 'volumes:\n  disk: {structure: {a: 1}}', 'bad-shape', 'volumes.disk.structure'],
    ['a structure as text', 'volumes:\n  disk: {structure: [a]}', 'bad-shape', 'volumes.disk.structure[0]'],
    ['no type', one('size: 1M'), 'missing', at('type')],
    ['no size', one(`type: ${DATA}`), 'missing', at('size')],
    ['a bad size', one(`type: ${DATA}, size: 1T`), 'bad-size', at('size')],
    ['a bad offset', one(`type: ${DATA}, size: 1M, offset: -1`), 'bad-size', at('offset')],
    ['min-size above size', one(`type: ${DATA}, size: 1M, min-size: 2M`), 'conflict', at('min-size')],
    ['a type nobody knows', one('type: linux, size: 1M'), 'bad-value', at('type')],
    ['three types', one(`type: "0C,${DATA},0C", size: 1M`), 'bad-value', at('type')],
    ['an MBR type on GPT', one('type: 0C, size: 1M'), 'conflict', at('type')],
    ['a GUID on MBR', one(`type: ${DATA}, size: 1M`, 'schema: mbr'), 'conflict', at('type')],
    ['a partition id that is no GUID', one(`type: ${DATA}, size: 1M, id: 7`), 'bad-value', at('id')],
    ['a role nobody knows', one(`type: ${DATA}, size: 1M, role: swap`), 'bad-value', at('role')],
    ['a role on a bare structure', one('type: bare, size: 1M, role: system-data'), 'conflict', at('role')],
    ['boot code above 446 bytes', one('type: mbr, size: 447'), 'conflict', at('size')],
    ['boot code not at 0', one('type: mbr, size: 440, offset: 1'), 'conflict', at('offset')],
    ['boot code with a file system', one('type: mbr, size: 440, filesystem: ext4'), 'conflict', at('filesystem')],
    ['a file system nobody knows', one(`type: ${DATA}, size: 1M, filesystem: zfs`), 'bad-value', at('filesystem')],
    ['a negative edition', one('type: bare, size: 1M, update: {edition: -1}'), 'bad-value', at('update.edition')],
    [
      'an edition of 33 bits',
      one('type: bare, size: 1M, update: {edition: 4294967296}'),
      'bad-value',
      at('update.edition'),
    ],
    ['preserve without files', one('type: bare, size: 1M, update: {preserve: [a]}'), 'conflict', at('update.preserve')],
    [
      'preserve twice',
      one(`type: ${DATA}, size: 1M, filesystem: vfat, update: {preserve: [a, a]}`),
      'duplicate',
      at('update.preserve'),
    ],
    [
      'files without a file system',
      one('type: bare, size: 1M, content: [{source: a, target: b}]'),
      'conflict',
      at('content[0].source'),
    ],
    [
      'an image in a file system',
      one(`type: ${DATA}, size: 1M, filesystem: vfat, content: [{image: a}]`),
      'conflict',
      at('content[0].image'),
    ],
    [
      'content without a source',
      one(`type: ${DATA}, size: 1M, filesystem: vfat, content: [{target: a}]`),
      'missing',
      at('content[0].source'),
    ],
    [
      'content without an image',
      one('type: bare, size: 1M, content: [{offset: 1}]'),
      'missing',
      at('content[0].image'),
    ],
    [
      'an image outside the gadget',
      one('type: bare, size: 1M, content: [{image: ../a}]'),
      'bad-value',
      at('content[0].image'),
    ],
    [
      'a target outside the file system',
      one(`type: ${DATA}, size: 1M, filesystem: vfat, content: [{source: a, target: /../b}]`),
      'bad-value',
      at('content[0].target'),
    ],
    [
      'boot state without an offset',
      one('type: 3DE21764-95BD-54BD-A5C3-4ABE786F38A8, size: 1M, role: system-boot-state'),
      'conflict',
      at('offset'),
    ],
    [
      'boot state of another type',
      one(`type: ${DATA}, size: 1M, offset: 1M, role: system-boot-state`),
      'conflict',
      at('type'),
    ],
    [
      'two structures with one name',
      volume([`name: a, type: ${DATA}, size: 1M`, `name: a, type: ${DATA}, size: 1M`]),
      'duplicate',
      'volumes.disk.structure[1].name',
    ],
    [
      'two labels that differ in case only',
      volume([
        `name: a, type: ${DATA}, size: 1M, filesystem: vfat, filesystem-label: BOOT`,
        `name: b, type: ${DATA}, size: 1M, filesystem: vfat, filesystem-label: boot`,
      ]),
      'duplicate',
      'volumes.disk.structure[1].filesystem-label',
    ],
    [
      'two data partitions',
      volume([
        `name: a, type: ${DATA}, size: 1M, role: system-data`,
        `name: b, type: ${DATA}, size: 1M, role: system-data, filesystem-label: other`,
      ]),
      'duplicate',
      'volumes',
    ],
    ['no bootloader', one(`type: ${DATA}, size: 1M`, 'schema: gpt'), 'missing', 'volumes'],
    ['two bootloaders', 'volumes:\n  aa: {bootloader: grub}\n  bb: {bootloader: grub}', 'conflict', 'volumes'],
    ['a name that GPT cannot hold', one(`name: ${'n'.repeat(37)}, type: ${DATA}, size: 1M`), 'bad-name', at('name')],
    ['a name that is a list', one(`name: [a], type: ${DATA}, size: 1M`), 'bad-shape', at('name')],
    ['very long text', one(`type: ${'a'.repeat(2000)}, size: 1M`), 'too-big', at('type')],
  ];
  for (const [title, text, code, path] of table) {
    const error = refusal(() => parseGadget(text));
    t.equal(error.code, code, `${title}: ${error.message}`);
    t.equal(error.path, path, `${title}: path`);
    t.match(error.message, /^cannot use gadget\.yaml: /);
  }
  t.equal(
    refusal(() => parseGadget(one(`type: ${DATA}, size: 1M`, 'bootloader: lilo'))).path,
    'volumes.disk.bootloader',
  );
});

t.test('a description that only wants to be big is refused before it is understood', async (t) => {
  t.equal(refusal(() => parseGadget('#'.repeat(MAX_GADGET_YAML_BYTES + 1))).code, 'too-big');
  t.equal(refusal(() => parseGadget(volume(new Array(300).fill('type: bare, size: 1M')))).code, 'too-big');
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n`;
  t.equal(refusal(() => parseGadget(bomb)).code, 'bad-yaml', 'aliases are not multiplied');
});
