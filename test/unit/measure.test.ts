import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { BENCHES, PROOFS } from '../measure/lists.ts';
import { keep, kept, type Program, runProgram } from '../measure/program.ts';
import { benchRowOf, proofRowOf } from '../measure/row.ts';
import { benchSection, proofSection, withSection } from '../measure/section.ts';

const PROOF = { proof: 'nothing is lost', bound: '100 cuts', result: 'none' };

t.test('a row is a line of JSON with the keys of its kind, and all else is not', async (t) => {
  t.same(proofRowOf(JSON.stringify({ ...PROOF, more: 1 })), PROOF);
  t.same(benchRowOf('{"bench":"list","ours":2,"unit":"ms"}'), { bench: 'list', ours: 2, unit: 'ms' });
  const beside = { bench: 'list', ours: 2, unit: 'ms', peer: 'ls', theirs: 4 };
  t.same(benchRowOf(JSON.stringify(beside)), beside);
  t.same(benchRowOf('{"bench":"list","ours":2,"unit":"ms","peer":"ls"}'), { bench: 'list', ours: 2, unit: 'ms' });
  for (const line of ['', 'proof', '{', '[]', 'null', '{"proof":"a","bound":1,"result":"c"}', ' {"proof":"a"}'])
    t.equal(proofRowOf(line), undefined, line);
  for (const line of ['{"bench":"a"}', '{"bench":"a","ours":"2","unit":"ms"}'])
    t.equal(benchRowOf(line), undefined, line);
});

t.test('a section has a row for each, with the command beside the first', async (t) => {
  const proofs = [{ name: 'a', command: 'node a.ts', seconds: 61, rows: [PROOF, { ...PROOF, proof: 'or | gained' }] }];
  t.equal(
    proofSection(proofs),
    [
      '| what | bound | result | by |',
      '| --- | --- | --- | --- |',
      '| nothing is lost | 100 cuts | none | `node a.ts`, 61 s |',
      '| or \\| gained | 100 cuts | none |  |',
    ].join('\n'),
  );
  const rows = [
    { bench: 'list', ours: 2, unit: 'ms', peer: 'ls', theirs: 5 },
    { bench: 'all', ours: 1234.5, unit: 'ms' },
  ];
  const section = benchSection([{ name: 'b', command: 'node b.ts', seconds: 1, rows }]);
  t.match(section, '| list | 2.00 ms | `ls` | 5.00 ms | 2.50 | `node b.ts` |');
  t.match(section, /\| all \| 123[45] ms \| {2}\| {2}\| {2}\| {2}\|/);
});

t.test('the section is written between its marks, and nowhere else', async (t) => {
  const text = 'before\n<!-- figures: by -->\nold\n<!-- end of figures -->\nafter\n';
  const written = withSection(text, 'figures', 'new');
  t.equal(written, 'before\n<!-- figures: by -->\n\nnew\n\n<!-- end of figures -->\nafter\n');
  t.equal(withSection(written, 'figures', 'new'), written, 'twice is as once');
  const [begin, end] = ['<!-- figures: by -->', '<!-- end of figures -->'];
  for (const wrong of ['', begin, end, `${end}${begin}`, `${begin}${end}${end}`, `${begin}${text}`])
    t.throws(() => withSection(wrong, 'figures', 'new'), /cannot write figures/, wrong);
  t.throws(() => withSection(text, 'proofs', 'new'), /cannot write proofs/);
});

t.test('a program is good when it ends well and has said something for the documentation', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-measure-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const says = (code: string): Program => ({ name: 'p', command: ['node', '-e', code] });
  const row = `console.log(${JSON.stringify(JSON.stringify(PROOF))})`;
  const good = await runProgram(says(`console.log('some'); ${row}`), folder, proofRowOf);
  t.match(good, { isGood: true, measured: { name: 'p', rows: [PROOF] } });
  t.equal((await runProgram(says(`${row}; process.exit(1)`), folder, proofRowOf)).isGood, false);
  t.equal((await runProgram(says('0'), folder, proofRowOf)).isGood, false);
  t.equal((await runProgram({ name: 'p', command: ['/nowhere'] }, folder, proofRowOf)).isGood, false);
  await keep(folder, good.measured);
  t.same(await kept(folder, [says(''), { name: 'never-run', command: ['node'] }]), [good.measured]);
});

t.test('names of what is proven and measured are there once', async (t) => {
  for (const list of [PROOFS, BENCHES]) t.equal(new Set(list.map(({ name }) => name)).size, list.length);
});
