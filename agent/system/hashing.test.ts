import { createHash, randomBytes } from 'node:crypto';
import t from 'tap';
import { Hasher } from './hashing.ts';
import { addonExports } from './native/native.ts';

const bytes = randomBytes(5 * 2 ** 20 + 7);

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

async function digestOf(content: Uint8Array, pieceBytes: number): Promise<string> {
  const hasher = new Hasher();
  for (let at = 0; at < content.length; at += pieceBytes) await hasher.update(content.subarray(at, at + pieceBytes));
  return await hasher.digest();
}

t.test('the digest is the same on either side of where other threads take over', async (t) => {
  for (const size of [0, 1, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 2 ** 19, 2 ** 19 + 1, bytes.length]) {
    const content = bytes.subarray(0, size);
    t.equal(await digestOf(content, 65_536), sha256(content), `${size} bytes`);
    t.equal(await digestOf(content, 300_001), sha256(content), `${size} bytes in other pieces`);
    t.equal(await digestOf(content, bytes.length), sha256(content), `${size} bytes at once`);
  }
});

t.test('what is hashed is what came, also where its memory is used again at once', async (t) => {
  for (const size of [2 ** 10, 2 ** 17, 2 ** 19]) {
    const hasher = new Hasher();
    const scratch = new Uint8Array(size);
    const hash = createHash('sha256');
    for (let n = 0; n < 6; n++) {
      scratch.fill(n);
      hash.update(scratch);
      await hasher.update(scratch);
      scratch.fill(0xff);
    }
    t.equal(await hasher.digest(), hash.digest('hex'), `pieces of ${size} bytes`);
  }
});

t.test('several at once do not mix', async (t) => {
  const contents = [1, 2, 3, 4].map((n) => bytes.subarray(n));
  const digests = await Promise.all(contents.map((content) => digestOf(content, 100_000)));
  t.strictSame(digests, contents.map(sha256));
});

t.test('one that is given up half-way hurts nobody', async (t) => {
  await new Hasher().update(bytes);
  t.equal(await digestOf(bytes, 100_000), sha256(bytes));
});

t.test('the addon refuses what it cannot do, and goes on', async (t) => {
  const { hashNew, hashUpdate, hashDigest } = addonExports() as {
    hashNew(): object;
    hashUpdate(hash: unknown, bytes: unknown): Promise<void>;
    hashDigest(hash: unknown): string;
  };
  const hash = hashNew();
  t.equal(hashDigest(hash), sha256(new Uint8Array()), 'of nothing');
  const underway = hashUpdate(hash, bytes);
  t.throws(() => hashUpdate(hash, bytes), /an update is under way/);
  t.throws(() => hashDigest(hash), /an update is under way/);
  await underway;
  t.equal(hashDigest(hash), sha256(bytes));
  t.equal(hashDigest(hash), sha256(bytes), 'asking does not end it');
  for (const wrong of [undefined, 17, 'text', {}, bytes]) {
    t.throws(() => hashUpdate(wrong, bytes), TypeError);
    t.throws(() => hashDigest(wrong), TypeError);
    if (wrong !== bytes) t.throws(() => hashUpdate(hash, wrong), TypeError);
  }
});
