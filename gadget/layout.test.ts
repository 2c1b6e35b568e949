import t from 'tap';
import { GadgetError, type GadgetErrorCode } from './error.ts';
import { layoutImages, layoutVolume } from './layout.ts';
import { parseGadget } from './yaml.ts';

const MIB = 2 ** 20;
const DATA = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

function layoutOf(structures: readonly string[], schema = 'gpt') {
  const text = structures.map((fields, index) => `      - {name: s${index}, ${fields}}\n`).join('');
  const volume = parseGadget(
    `volumes:\n  disk:\n    schema: ${schema}\n    bootloader: grub\n    structure:\n${text}`,
  ).volumes.get('disk');
  if (volume === undefined) throw new Error('no volume');
  return layoutVolume(volume);
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

t.test('structures get the places that snapd gives them', async (t) => {
  const part = (more: string) => `type: ${DATA}, ${more}`;
  const table: [title: string, structures: string[], places: [name: string, startMib: number, endMib: number][]][] = [
    ['the first starts at 1 MiB', [part('size: 1M')], [['s0', 1, 2]]],
    [
      'each follows the one before',
      [part('size: 3M'), part('size: 2M')],
      [
        ['s0', 1, 4],
        ['s1', 4, 6],
      ],
    ],
    [
      'boot code lies at 0 and pushes nothing',
      ['type: mbr, size: 440', part('size: 1M')],
      [
        ['s0', 0, 440 / MIB],
        ['s1', 1, 2],
      ],
    ],
    [
      'an offset is kept, the next follows it',
      [part('size: 1M, offset: 8M'), part('size: 1M')],
      [
        ['s0', 8, 9],
        ['s1', 9, 10],
      ],
    ],
    [
      'the order of the disk is by offset',
      [part('size: 1M, offset: 8M'), part('size: 1M, offset: 2M')],
      [
        ['s1', 2, 3],
        ['s0', 8, 9],
      ],
    ],
    [
      'a bare structure may lie before 1 MiB',
      ['type: bare, size: 4096, offset: 32768', part('size: 1M')],
      [
        ['s0', 32768 / MIB, 36864 / MIB],
        ['s1', 1, 2],
      ],
    ],
    [
      'a structure that ends at the start of the next does not overlap',
      [part('size: 1M, offset: 2M'), part('size: 1M, offset: 1M')],
      [
        ['s1', 1, 2],
        ['s0', 2, 3],
      ],
    ],
    [
      'the size counts, not the least size',
      [part('size: 4M, min-size: 1M'), part('size: 1M')],
      [
        ['s0', 1, 5],
        ['s1', 5, 6],
      ],
    ],
  ];
  for (const [title, structures, places] of table) {
    const layout = layoutOf(structures);
    const got = layout.structures.map(({ structure, start, end }) => [structure.name, start / MIB, end / MIB]);
    t.same(got, places, title);
    t.equal(layout.size, (places.at(-1)?.[2] ?? 0) * MIB, `${title}: size`);
  }
  t.equal(layoutOf([]).size, 0, 'nothing takes no place');
});

t.test('structures that would share bytes are refused', async (t) => {
  const table: [title: string, structures: string[], code: GadgetErrorCode, path: string][] = [
    [
      'two at one place',
      [`type: ${DATA}, size: 2M, offset: 1M`, `type: ${DATA}, size: 1M, offset: 2M`],
      'overlap',
      'volumes.disk.structure[1]',
    ],
    [
      'the earlier in the file lies behind',
      [`type: ${DATA}, size: 1M, offset: 2M`, `type: ${DATA}, size: 2M, offset: 1M`],
      'overlap',
      'volumes.disk.structure[0]',
    ],
    [
      'one byte too many',
      ['type: mbr, size: 440', 'type: bare, size: 1M, offset: 439'],
      'overlap',
      'volumes.disk.structure[1]',
    ],
    [
      'a partition inside the table',
      [`type: ${DATA}, size: 1M, offset: 17407`],
      'overlap',
      'volumes.disk.structure[0].offset',
    ],
  ];
  for (const [title, structures, code, path] of table) {
    const error = refusal(() => layoutOf(structures));
    t.equal(error.code, code, title);
    t.equal(error.path, path, title);
  }
  t.equal(
    layoutOf([`type: ${DATA}, size: 1M, offset: 17408`]).structures.length,
    1,
    'right after the table there is room',
  );
});

t.test('raw images follow each other inside their structure', async (t) => {
  const sizes: Record<string, number> = { 'a.img': 1000, 'b.img': 24, 'big.img': 2 * MIB };
  const place = (content: string) => {
    const [placed] = layoutOf([`type: bare, size: 1M, offset: 1M, content: ${content}`]).structures;
    if (placed === undefined) throw new Error('no structure');
    return layoutImages(placed, (name) => sizes[name] ?? 0).map(({ image, start, size }) => [image, start - MIB, size]);
  };
  t.same(place('[{image: a.img}, {image: b.img}]'), [
    ['a.img', 0, 1000],
    ['b.img', 1000, 24],
  ]);
  t.same(
    place('[{image: a.img, size: 4096}, {image: b.img}]'),
    [
      ['a.img', 0, 4096],
      ['b.img', 4096, 24],
    ],
    'a size reserves',
  );
  t.same(place('[{image: a.img, offset: 512}, {image: b.img, offset: 0}]'), [
    ['b.img', 0, 24],
    ['a.img', 512, 1000],
  ]);
  t.equal(refusal(() => place('[{image: big.img}]')).code, 'too-small', 'larger than the structure');
  t.equal(refusal(() => place('[{image: a.img, size: 999}]')).code, 'too-small', 'larger than declared');
  t.equal(refusal(() => place('[{image: b.img, offset: 1048560}]')).code, 'too-small', 'beyond the end');
  t.equal(refusal(() => place('[{image: a.img}, {image: b.img, offset: 999}]')).code, 'overlap');
});
