import t from 'tap';
import { SavedError } from './error.ts';
import { goJson, sortedMaps } from './go-json.ts';
import { contentHash, decodeMeta, encodeMeta, type Snapshot, userArchiveOf, userOf } from './model.ts';

const digest = 'ab'.repeat(48);
const snapshot: Snapshot = {
  ...{ set: 3, time: '2026-01-02T03:04:05Z', snap: 'app', revision: '7', snapId: 'app-id' },
  ...{ epoch: { read: [0, 1], write: [1] }, summary: '', version: '1.2', size: 12 },
  conf: { z: 1, a: { c: '<&>', b: true } },
  digests: { 'user/bob.tgz': digest, 'archive.tgz': digest },
};

t.test('meta.json is as Go writes it: fields in their order, maps by their keys, HTML escaped', async (t) => {
  t.equal(
    encodeMeta(snapshot).toString(),
    '{"set":3,"time":"2026-01-02T03:04:05Z","snap":"app","revision":"7","snap-id":"app-id",' +
      '"epoch":{"read":[0,1],"write":[1]},"summary":"","version":"1.2",' +
      '"conf":{"a":{"b":true,"c":"\\u003c\\u0026\\u003e"},"z":1},' +
      `"sha3-384":{"archive.tgz":"${digest}","user/bob.tgz":"${digest}"},"size":12}\n`,
  );
  const { conf: _, ...bare } = snapshot;
  const empty = encodeMeta({
    ...bare,
    conf: {},
    snapId: '',
    size: 0,
    auto: true,
    options: { exclude: ['$SNAP_DATA/x'] },
  });
  t.notMatch(empty.toString(), /conf|snap-id|size/, 'what is empty is left out');
  t.match(empty.toString(), /"auto":true,"options":\{"exclude":\["\$SNAP_DATA\/x"\]\}/);
  t.equal(goJson({ a: 'é\u2028', b: undefined }), '{"a":"é\\u2028"}');
  t.strictSame(Object.keys(Object(sortedMaps({ '\u{10000}': 1, '\uffff': 2 }))), ['\uffff', '\u{10000}'], 'by bytes');
});

t.test('what is written is read again', async (t) => {
  t.strictSame(decodeMeta(encodeMeta(snapshot)), snapshot);
  const more = { ...snapshot, auto: true, options: { exclude: ['$SNAP_DATA/x'] } };
  t.strictSame(decodeMeta(encodeMeta(more)), more);
});

t.test('what is no description of a snapshot is refused', async (t) => {
  const fields = JSON.parse(encodeMeta(snapshot).toString());
  const wrong: readonly unknown[] = [
    [],
    null,
    'text',
    { ...fields, set: 0 },
    { ...fields, set: '3' },
    { ...fields, snap: '' },
    { ...fields, revision: 7 },
    { ...fields, time: 'yesterday' },
    { ...fields, 'sha3-384': { 'archive.tgz': 'short' } },
    { ...fields, 'sha3-384': { '../../etc/passwd': digest } },
    { ...fields, 'sha3-384': { 'user/../x.tgz': digest } },
  ];
  for (const value of wrong) {
    t.throws(() => decodeMeta(Buffer.from(JSON.stringify(value))), {
      code: 'not-a-snapshot',
      message: 'invalid snapshot',
    });
  }
  for (const bytes of [Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22])]) {
    t.throws(() => decodeMeta(bytes), { code: 'not-a-snapshot', message: /^cannot read the meta\.json/ });
  }
  t.ok(new SavedError('internal', 'x') instanceof Error);
});

t.test('an archive of a user is told by its name', async (t) => {
  t.equal(userArchiveOf('bob'), 'user/bob.tgz');
  t.equal(userOf('user/bob.tgz'), 'bob');
  for (const name of ['archive.tgz', 'user/a/b.tgz', 'user/.tgz', 'x/user/bob.tgz']) t.equal(userOf(name), undefined);
});

t.test('the same data has the same content hash, whenever and in whichever set and order', async (t) => {
  const other = { ...snapshot, snap: 'other' };
  const hash = contentHash([snapshot, other]);
  t.equal(hash.length, 32);
  const again = [
    { ...other, set: 9 },
    { ...snapshot, set: 9, time: '2027-01-01T00:00:00Z', auto: true },
  ];
  t.ok(hash.equals(contentHash(again)));
  t.notOk(hash.equals(contentHash([snapshot])));
  t.notOk(hash.equals(contentHash([other, { ...snapshot, conf: { z: 2 } }])));
});
