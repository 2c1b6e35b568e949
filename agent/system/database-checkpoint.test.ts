import { randomBytes } from 'node:crypto';
import t from 'tap';
import { packCheckpoint, placeOf, readCheckpoint } from './database-checkpoint.ts';

const facts = { sequence: 7, time: '2026-01-02T03:04:05.000Z', logSalt: 0xfffffffe, logFrames: 12 };

t.test('a checkpoint comes back as it was packed', (t) => {
  for (const size of [4096, 3 * 4096]) {
    const image = randomBytes(size);
    const { image: back, ...rest } = readCheckpoint(packCheckpoint(image, facts)) ?? {};
    t.strictSame(rest, facts);
    t.ok(back !== undefined && image.equals(back));
  }
  t.end();
});

t.test('no flipped bit goes unnoticed', (t) => {
  const file = packCheckpoint(randomBytes(4096), facts);
  for (let at = 0; at < file.length; at += 37) {
    const damaged = Uint8Array.from(file);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    t.equal(readCheckpoint(damaged), undefined, `byte ${at}`);
  }
  t.end();
});

t.test('nothing that was cut off is taken for whole', (t) => {
  const file = packCheckpoint(randomBytes(4096), facts);
  for (const length of [0, 1, 4095, 4096, 4097, 8191]) t.equal(readCheckpoint(file.subarray(0, length)), undefined);
  t.equal(readCheckpoint(Buffer.concat([file, Buffer.alloc(1)])), undefined, 'nor what has become longer');
  t.end();
});

t.test('each takes the place of the one before the last', (t) => {
  const places = [1, 2, 3, 4].map((sequence) => placeOf('/s', sequence));
  t.strictSame(places, ['/s.checkpoint-a', '/s.checkpoint-b', '/s.checkpoint-a', '/s.checkpoint-b']);
  t.end();
});
