import t from 'tap';
import { formatSlot, maxContentBytes, parseSlot, slotBytes } from './slot.ts';
import { randomNumbers } from './testing.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const contentOf = (bytes: Uint8Array) => new TextDecoder().decode(parseSlot(bytes)?.content);

t.test('a slot survives the way to the medium and back', (t) => {
  for (const length of [0, 1, 4000, 4096, maxContentBytes]) {
    const content = new Uint8Array(length).fill(0x61);
    const bytes = formatSlot({ sequence: 12, content });
    t.match(parseSlot(bytes), { sequence: 12, content }, `${length} bytes`);
    t.equal(bytes.length % 4096, 0);
    t.ok(bytes.length <= slotBytes);
  }
  t.match(
    Buffer.from(formatSlot({ sequence: 5, content: bytesOf('{}') })).toString('latin1'),
    /^HOLDFAST-BOOT 1 5 2 [0-9a-f]{8}\n\{\}\0/,
  );
  t.throws(() => formatSlot({ sequence: 1, content: new Uint8Array(maxContentBytes + 1) }), RangeError);
  t.end();
});

t.test('what a longer record left behind the end does not count', (t) => {
  const slot = new Uint8Array(slotBytes);
  slot.set(formatSlot({ sequence: 1, content: new Uint8Array(6000).fill(0x62) }));
  slot.set(formatSlot({ sequence: 2, content: bytesOf('short') }));
  t.equal(contentOf(slot), 'short');
  t.end();
});

t.test('a slot that is half old and half new is the old one, the new one, or none', (t) => {
  const old = new Uint8Array(slotBytes);
  old.set(formatSlot({ sequence: 111, content: bytesOf(JSON.stringify({ text: 'o'.repeat(300) })) }));
  const next = formatSlot({ sequence: 222, content: bytesOf(JSON.stringify({ text: 'n'.repeat(280) })) });
  const seen = new Set<number | undefined>();
  for (let cut = 0; cut <= next.length; cut++) {
    const torn = Uint8Array.from(old);
    torn.set(next.subarray(0, cut));
    const slot = parseSlot(torn);
    seen.add(slot?.sequence);
    if (slot === undefined) continue;
    const whole = slot.sequence === 111 ? parseSlot(old) : parseSlot(next);
    if (Buffer.compare(slot.content, whole?.content ?? new Uint8Array()) !== 0) t.fail(`a mixture after ${cut} bytes`);
  }
  t.strictSame(seen, new Set([111, undefined, 222]));
  t.end();
});

t.test('each single bit counts', (t) => {
  const bytes = formatSlot({ sequence: 7, content: bytesOf('{"boot":7,"version":3}') });
  const used = bytes.indexOf(0);
  const mayBeWrong = Array.from({ length: used * 8 }, (_, bit) => bit).filter((bit) => {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return parseSlot(flipped) !== undefined;
  });
  t.strictSame(mayBeWrong, []);
  t.end();
});

t.test('what is not a slot is none', (t) => {
  for (const [what, bytes] of Object.entries({
    'a blank medium': new Uint8Array(slotBytes),
    'an erased flash': new Uint8Array(slotBytes).fill(0xff),
    'nothing at all': new Uint8Array(0),
    'another version': bytesOf('HOLDFAST-BOOT 2 1 0 00000000\n'),
    'a length beyond the end': bytesOf('HOLDFAST-BOOT 1 1 99999 00000000\n{}'),
    'a header without an end': bytesOf('HOLDFAST-BOOT 1 1'),
  })) {
    t.equal(parseSlot(bytes), undefined, what);
  }
  const random = randomNumbers(1);
  let taken = 0;
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 200 }, () => random() * 256);
    bytes.set(bytesOf('HOLDFAST-BOOT 1 ').subarray(0, round % 17));
    if (parseSlot(bytes) !== undefined) taken += 1;
  }
  t.equal(taken, 0, 'garbage is no slot');
  t.end();
});
