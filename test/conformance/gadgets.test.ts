/** Gadgets of our own, with answers as snapd gives them: what is equal, what is not, and what nothing of ours reads. */
import t from 'tap';
import { judgeGadget } from './gadgets.ts';
import type { Json } from './json.ts';

const GPT_DATA = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
const YAML = `volumes:
  disk:
    bootloader: u-boot
    structure:
      - {name: loader, type: bare, size: 1M, offset: 1M, offset-write: mbr+92, content: [{image: loader.bin}]}
      - name: data
        type: ${GPT_DATA}
        size: 16M
        filesystem: ext4
        content: [{source: a/, target: /}]
`;
const MIB = 2 ** 20;
const NOTHING = { image: '', offset: null, size: 0, source: '', target: '', unpack: false };
const BARE = { filesystem: '', filesystem_label: '', has_filesystem: false, id: '', is_partition: false, role: '' };

function answer(changes: Json = {}, places: Json = {}): Json {
  const common = { ...BARE, offset: MIB, update: { edition: 0, preserve: [] } };
  const structure = [
    {
      ...{ ...common, name: 'loader', type: 'bare', size: MIB, min_size: MIB, yaml_index: 0 },
      offset_write: { relative_to: 'mbr', offset: 92 },
      content: [{ ...NOTHING, image: 'loader.bin' }],
    },
    {
      ...{ ...common, name: 'data', type: GPT_DATA, size: 16 * MIB, min_size: 16 * MIB, yaml_index: 1 },
      ...{ filesystem: 'ext4', has_filesystem: true, is_partition: true, offset_write: null },
      content: [{ ...NOTHING, source: 'a/', target: '/' }],
    },
  ];
  const structures = [
    { yaml_index: 0, start_offset: MIB, size: MIB },
    { yaml_index: 1, start_offset: 2 * MIB, size: 16 * MIB },
  ];
  const disk = { name: 'disk', schema: 'gpt', bootloader: 'u-boot', id: '', partial: [], structure };
  const layout = { disk: { error: null, structures, ...places } };
  return { uc16: { error: null, validate: null, volumes: { disk }, layout, ...changes } };
}

t.test('a gadget that is equal', async (t) => {
  t.same(judgeGadget('own', YAML, answer()), { name: 'own', equal: 4, intended: [], unmatched: [], notBuilt: [] });
});

t.test('a gadget that is not', async (t) => {
  const error = judgeGadget('own', YAML, answer({ error: 'no' }));
  t.match(error.unmatched, [/^error: snapd "no", ours null/]);
  t.match(judgeGadget('own', 'volumes: {}', answer()).unmatched, [/^error: snapd null, ours "cannot use gadget\.yaml/]);
  t.equal(judgeGadget('own', 'volumes: {}', answer({ error: 'no' })).equal, 1, 'both refuse it');
  t.equal(judgeGadget('own', YAML.replace('16M', '17M'), answer()).unmatched.length, 2, 'the structure and its place');
  t.match(judgeGadget('own', YAML, answer({}, { error: 'overlaps' })).unmatched, [/^disk places: snapd null/]);
});

t.test('what differs on purpose', async (t) => {
  t.same(judgeGadget('own', YAML.replace('a/', '../a/'), answer()).intended, ['no path leads out of the gadget']);
  const error = 'internal error: no disk structures provided';
  const volume = { name: 'disk', schema: 'gpt', bootloader: 'u-boot', id: '', partial: [], structure: [] };
  const bare = answer({ volumes: { disk: volume } }, { error, structures: [] });
  const report = judgeGadget('own', 'volumes: {disk: {bootloader: u-boot}}', bare);
  t.same([report.equal, report.intended], [1, ['a volume without structures is empty']]);
  t.equal(judgeGadget('own', YAML, answer({}, { error })).unmatched.length, 1, 'only where ours is empty, too');
});

t.test('what nothing of ours reads', async (t) => {
  const more = { ...answer({ defaults: { system: { a: 1 } }, connections: [], validate: 'no' }), uc20: {} };
  t.same(judgeGadget('own', YAML, more).notBuilt, ['model uc20', 'what a model allows', 'defaults']);
  t.same(judgeGadget('own', YAML, answer({}, { error: 'cannot resolve content' })).notBuilt, ['layout of content']);
  t.same(judgeGadget('own', YAML.replace('u-boot', 'u-boot\n    partial: [size]'), answer()).notBuilt, [
    'partial volumes are not supported yet',
  ]);
});
