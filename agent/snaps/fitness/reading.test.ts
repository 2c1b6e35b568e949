import { createHash } from 'node:crypto';
import t from 'tap';
import { calmly, Disturbed, digestOf, pauseUnless } from './reading.ts';

const parts = ['one', '', 'two', 'three'];

async function* source(onStep: (at: number) => void = () => {}) {
  for (const [at, part] of parts.entries()) {
    onStep(at);
    yield new TextEncoder().encode(part);
  }
}

t.test('a digest is that of all pieces', async (t) => {
  const sha256 = createHash('sha256').update(parts.join('')).digest('hex');
  t.strictSame(await digestOf(source(), async () => {}), { size: 11, sha256 });
});

t.test('others have their turn before each piece and after the last', async (t) => {
  let pauses = 0;
  const seen: number[] = [];
  const pause = async () => {
    pauses += 1;
  };
  for await (const _ of calmly(source(), pause)) seen.push(pauses);
  t.strictSame([...seen, pauses], [1, 2, 3, 4, 5]);
});

t.test('reading ends as soon as it disturbs, and closes its source', async (t) => {
  let isDisturbed = false;
  let isClosed = false;
  const steps: number[] = [];
  async function* watched() {
    try {
      yield* source((at) => {
        steps.push(at);
        if (at === 1) isDisturbed = true;
      });
    } finally {
      isClosed = true;
    }
  }
  await t.rejects(
    digestOf(
      watched(),
      pauseUnless(() => isDisturbed),
    ),
    new Disturbed(),
  );
  t.strictSame(steps, [0, 1]);
  t.ok(isClosed);
});
