import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { Hasher } from './hashing.ts';
import { Talk } from './worker-talk.ts';
import { areWorkersBusy, talkTo } from './workers.ts';

const bytes = randomBytes(5 * 2 ** 20 + 7);

async function digestOf(content: Uint8Array, pieceBytes: number): Promise<string> {
  const hasher = new Hasher();
  try {
    for (let at = 0; at < content.length; at += pieceBytes) await hasher.update(content.subarray(at, at + pieceBytes));
    return await hasher.digest();
  } finally {
    hasher.end();
  }
}

async function atRest(): Promise<void> {
  while (areWorkersBusy()) await turn();
}

t.test('the digest is the same on either side of where a worker takes over', async (t) => {
  for (const size of [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, bytes.length]) {
    const content = bytes.subarray(0, size);
    const expected = createHash('sha256').update(content).digest('hex');
    t.equal(await digestOf(content, 65_536), expected, `${size} bytes`);
    t.equal(await digestOf(content, 300_001), expected, `${size} bytes in other pieces`);
  }
  await atRest();
});

t.test('what is hashed is what came, also where its memory is used again at once', async (t) => {
  const hasher = new Hasher();
  const scratch = new Uint8Array(2 ** 19);
  const hash = createHash('sha256');
  for (let n = 0; n < 6; n++) {
    scratch.fill(n);
    hash.update(scratch);
    await hasher.update(scratch);
    scratch.fill(0xff);
  }
  t.equal(await hasher.digest(), hash.digest('hex'));
  hasher.end();
});

t.test('a long one is hashed beside this thread, a short one costs no thread; both leave nothing', async (t) => {
  await atRest();
  const short = new Hasher();
  await short.update(bytes.subarray(0, 1000));
  t.notOk(areWorkersBusy());
  short.end();
  const long = new Hasher();
  await long.update(bytes);
  t.ok(areWorkersBusy());
  long.end();
  await atRest();
  t.pass('also where nobody asked for the digest');
});

t.test('several at once do not mix', async (t) => {
  const contents = [1, 2, 3, 4].map((n) => bytes.subarray(n));
  const digests = await Promise.all(contents.map((content) => digestOf(content, 100_000)));
  t.strictSame(
    digests,
    contents.map((content) => createHash('sha256').update(content).digest('hex')),
  );
});

t.test('who talks to a thread that ends hears of it', async (t) => {
  const talk = talkTo('hash');
  // No list of pieces: the session fails over it.
  talk.say(17);
  await t.rejects(talk.hear(), { name: 'TalkEnded', message: /^cannot go on/ });
  await t.rejects(talk.hear(), { name: 'TalkEnded' }, 'and again');
  t.ok(talk instanceof Talk);
  await atRest();
});
