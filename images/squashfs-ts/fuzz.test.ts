import t from 'tap';
import { SquashfsImage } from './index.ts';
import { bufferSource } from './source.ts';
import { assemble } from './testing/fuzz/assemble.ts';
import { makeCorpus } from './testing/fuzz/corpus.ts';
import { fuzz } from './testing/fuzz/fuzz.ts';
import { mutate } from './testing/fuzz/mutate.ts';
import { PACKERS } from './testing/pack.ts';
import { randomOf } from './testing/random.ts';

/** Everything that an image says, as text. */
async function contentOf(bytes: Uint8Array): Promise<string> {
  const image = await SquashfsImage.open(bufferSource(bytes));
  const lines: string[] = [];
  for await (const { path, stat, reference } of image.walk()) {
    const xattrs = [...(await image.lxattrs(reference))].map(([name, value]) => [
      name,
      Buffer.from(value).toString('hex'),
    ]);
    const content = stat.type === 'file' ? Buffer.from(await image.readFile(reference)).toString('hex') : '';
    lines.push(JSON.stringify([path, stat, xattrs, content]));
  }
  return lines.join('\n');
}

t.test('The fuzzer takes images apart and puts them together again', async (t) => {
  const corpus = await makeCorpus(t.testdir(), 1);
  t.equal(new Set(corpus.map(({ bytes }) => bytes.toString('latin1'))).size, 36);
  const wrong: string[] = [];
  for (const { name, bytes, tables, data, compression } of corpus) {
    const content = await contentOf(bytes);
    const stored = assemble(tables, data, () => undefined);
    const packed = assemble(tables, data, (_, block, isLast) => (isLast ? PACKERS[compression](block) : undefined));
    if ((await contentOf(stored.bytes)) !== content) wrong.push(`${name}, stored`);
    if ((await contentOf(packed.bytes)) !== content) wrong.push(`${name}, packed`);
  }
  t.same(wrong, []);
  const [first] = corpus;
  const twice = [1, 2].map(() => (first === undefined ? [] : mutate(first, randomOf(4)).notes));
  t.same(twice[0], twice[1], 'and the same numbers change the same');
});

t.test('2000 hostile images end in an error with a code, or can be read', async (t) => {
  const { images, mutants, readable, codes, complaints, branches, findings, peakMebibytes } = await fuzz({
    ...{ mutants: 2000, seed: 1 },
  });
  t.same(findings, []);
  t.ok(images >= 100, `${images} images`);
  t.equal(mutants, 2000);
  t.ok(readable > 200 && readable < 1000, `${readable} of them readable`);
  const all = [
    'corrupt',
    'loop',
    'not-a-directory',
    'not-a-file',
    'not-found',
    'not-squashfs',
    'too-large',
    'truncated',
  ];
  t.same(Object.keys(codes).sort(), [...all, 'unsupported-compression', 'unsupported-version']);
  t.ok(complaints.length > 80, `${complaints.length} different messages`);
  const count = branches.reduce((sum, file) => sum + file.branches, 0);
  const missed = branches.reduce((sum, file) => sum + file.missed.length, 0);
  t.ok(missed < count / 4, `${missed} of ${count} branches were not reached`);
  t.ok(peakMebibytes < 64 + 7, `${peakMebibytes} MiB`);
});
