import t from 'tap';
import { formatRecord, parseLines, parseRecord, recordBytes } from './text-record.ts';

const header = 'HOLDFAST-TEST 1';
const encode = (text: string) => new TextEncoder().encode(text);

t.test('a record survives the way to the medium and back', (t) => {
  const bytes = formatRecord(header, { stage: 'failed', message: 'cannot mount: a=b\nsecond line' });
  t.equal(bytes.length, recordBytes);
  t.strictSame(
    parseRecord(bytes, header),
    new Map([
      ['stage', 'failed'],
      ['message', 'cannot mount: a=b second line'],
    ]),
    'a value keeps its equals signs and loses its line breaks',
  );
  t.end();
});

t.test('a record that is too long is cut and still ends in NUL', (t) => {
  const bytes = formatRecord(header, { reason: 'ü'.repeat(recordBytes), lost: 'yes' });
  t.equal(bytes.at(-1), 0);
  const record = parseRecord(bytes, header);
  t.match(record?.get('reason'), /^ü+$/, 'no half character at the cut');
  t.equal(record?.has('lost'), false);
  t.end();
});

t.test('what is not a record counts as absent', (t) => {
  for (const [what, bytes] of Object.entries({
    'a blank medium': new Uint8Array(recordBytes),
    'an erased flash': new Uint8Array(recordBytes).fill(0xff),
    'another version': encode('HOLDFAST-TEST 2\nstage=failed\n'),
    'a torn first line': encode('HOLDFAST-TE'),
    'nothing at all': new Uint8Array(0),
  })) {
    t.equal(parseRecord(bytes, header), undefined, what);
  }
  t.end();
});

t.test('lines without a key are skipped', (t) => {
  t.strictSame([...parseLines(['a=1', '=2', 'none', '', 'a=3'])], [['a', '3']]);
  t.end();
});
