import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { CAUSE_CODES } from '../cause.ts';
import { decodeRecord, encodeRecord } from './codec.ts';
import type { BootRecord, CheckLine } from './record.ts';
import { ENDS, RESETS, STAGES } from './record.ts';
import { randomNumbers, recordOf } from './testing.ts';

const max = 8128;
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const lines = (count: number, text = 'x'.repeat(190)) => Array.from({ length: count }, (_, i) => `${i} ${text}`);
const check = (name: string, state: CheckLine['state'], evidence: readonly string[]): CheckLine => ({
  check: name,
  weight: 'required',
  state,
  reason: state === 'pass' ? '' : `${name} failed`,
  evidence,
});

const full: BootRecord = recordOf({
  trial: true,
  health: { checks: [check('target', 'pass', ['default.target is active']), check('link', 'fail', ['eth0 is gone'])] },
  verdict: { kind: 'bad', by: 'person', reason: 'the screen stays dark', evidence: ['seen'] },
  end: {
    how: 'rejected',
    cause: { code: 'rejected', message: 'the screen stays dark', evidence: ['a', 'b'] },
    backTo: { kernel: 'virt-kernel_x1.snap', base: 'bookworm_x1.snap' },
  },
});

t.test('a record survives the way to the medium and back', (t) => {
  t.strictSame(decodeRecord(encodeRecord(full, max)), full);
  t.strictSame(decodeRecord(encodeRecord(recordOf(), max)), recordOf());
  t.end();
});

t.test('a record that is too long loses what is missed least', (t) => {
  const long: BootRecord = {
    ...full,
    commandLine: 'c'.repeat(5000),
    health: { checks: [check('target', 'pass', lines(6)), check('link', 'fail', lines(6))] },
    end: { ...full.end, cause: { code: 'panic', message: 'Kernel panic', evidence: lines(20) } },
  };
  const bytes = encodeRecord(long, max);
  const kept = decodeRecord(bytes);
  t.ok(bytes.length <= max, `${bytes.length} bytes`);
  t.strictSame(kept?.health?.checks[0], { ...long.health?.checks[0], evidence: [] }, 'what passed says least');
  t.equal(kept?.end.cause?.evidence.length, 20, 'the cause keeps its evidence');
  t.equal(kept?.commandLine.length, 2048, 'the command line is bounded, and then last');
  const tight = decodeRecord(encodeRecord(long, 1000));
  t.match(tight, { boot: 7, set: long.set, end: { how: 'rejected', cause: { message: 'Kernel panic' } } });
  t.end();
});

t.test('the longest and most hostile record fits', (t) => {
  for (const text of ['\u0000', '"', '\\', '\ud800', '\u{1f480}', '\u20ac', '\u202e']) {
    const long = text.repeat(9000);
    const set = { kernel: long, base: long, gadget: long };
    const evidence = lines(100, long);
    const bytes = encodeRecord(
      {
        ...recordOf({ set, bootId: long, time: long, rule: long, copy: long, commandLine: long, mounts: evidence }),
        kernel: { release: long, buildId: long },
        marks: Array.from({ length: 100 }, () => ({ stage: 'shutdown', uptimeSeconds: 123456.78 })),
        health: { checks: Array.from({ length: 100 }, () => check(long, 'fail', evidence)) },
        verdict: { kind: 'bad', by: 'agent', reason: long, evidence },
        end: { how: 'panic', cause: { code: 'panic', message: long, evidence }, backTo: set },
      },
      max,
    );
    t.ok(bytes.length <= max, `${JSON.stringify(text)}: ${bytes.length} bytes`);
    t.match(decodeRecord(bytes), { boot: 7, end: { how: 'panic', cause: { code: 'panic' } } });
  }
  t.end();
});

t.test('nothing that could deceive a terminal comes back', (t) => {
  const record = decodeRecord(json({ boot: 1, version: 1, rule: 'a\u001b[2Jb\nc\u202ed\u0085e\u2028f' }));
  t.equal(record?.rule, 'a [2Jb c d e f');
  t.end();
});

t.test('what is unknown or of another kind is left out', (t) => {
  const minimal = {
    ...{ bootId: '', time: '', rule: '', copy: '', trial: false, reset: 'unknown', set: {} },
    ...{ kernel: { release: '', buildId: '' }, commandLine: '', mounts: [], marks: [] },
  };
  t.strictSame(decodeRecord(json({ boot: 3, version: 2 })), { boot: 3, version: 2, ...minimal, end: { how: 'died' } });
  const odd = {
    ...{ boot: 3, version: 2, bootId: 1, time: [], rule: {}, trial: 'true', reset: 'lukewarm', set: [1], kernel: 'k' },
    ...{
      mounts: ['a', 1, null],
      marks: [{ stage: 'soon', uptimeSeconds: 1 }, { stage: 'target', uptimeSeconds: -1 }, 7],
    },
    health: {
      checks: [
        { check: 'x', weight: 'heavy', state: 'pass' },
        { check: 'y', weight: 'wanted', state: 'pass' },
      ],
    },
    verdict: { kind: 'splendid' },
    end: { how: 'exploded', cause: { code: 'gremlins', message: 'm' }, backTo: { kernel: 1, base: 'b' } },
  };
  t.strictSame(decodeRecord(json(odd)), {
    ...{ boot: 3, version: 2, ...minimal, mounts: ['a'] },
    health: { checks: [{ check: 'y', weight: 'wanted', state: 'pass', reason: '', evidence: [] }] },
    end: { how: 'died', backTo: { base: 'b' } },
  });
  for (const none of [null, 1, 'x', [], {}, { boot: 0, version: 1 }, { boot: 1 }, { boot: 1.5, version: 1 }]) {
    t.equal(decodeRecord(json(none)), undefined, JSON.stringify(none));
  }
  t.equal(decodeRecord(new Uint8Array([0x7b, 0xff])), undefined);
  t.end();
});

t.test('random records come back, and random changes of their bytes never throw', (t) => {
  const random = randomNumbers(3);
  let same = 0;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const text = () =>
    String.fromCodePoint(...Array.from({ length: random() * 30 }, () => 32 + Math.floor(random() * 90)));
  for (let round = 0; round < 100; round++) {
    const record = recordOf({
      ...{ boot: 1 + Math.floor(random() * 1e6), bootId: text(), rule: text(), trial: random() < 0.5 },
      reset: pick(RESETS),
      marks: Array.from({ length: random() * 9 }, () => ({ stage: pick(STAGES), uptimeSeconds: random() * 1e5 })),
      verdict: { kind: 'good', by: 'agent', reason: text(), evidence: [text()] },
      end: { how: pick(ENDS), cause: { code: pick(CAUSE_CODES), message: text(), evidence: [text(), text()] } },
    });
    const bytes = encodeRecord(record, max);
    if (isDeepStrictEqual(decodeRecord(bytes), record)) same += 1;
    const broken = Uint8Array.from(bytes);
    for (let flips = 0; flips < 5; flips++) broken[Math.floor(random() * broken.length)] = random() * 256;
    t.doesNotThrow(() => decodeRecord(broken));
  }
  t.equal(same, 100);
  t.end();
});
