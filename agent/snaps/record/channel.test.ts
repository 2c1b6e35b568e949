import t from 'tap';
import { checkChannel, fullChannel, resolveChannel } from './channel.ts';

t.test('channels are written out', (t) => {
  const rows = [
    ['', ''],
    ['beta', 'latest/beta'],
    ['2.0', '2.0/stable'],
    ['beta/fix', 'latest/beta/fix'],
    ['2.0/edge', '2.0/edge'],
    ['2.0/edge/fix', '2.0/edge/fix'],
    ['beta/a/b', 'beta/a/b'],
  ] as const;
  for (const [short, full] of rows) t.equal(fullChannel(short), full, short);
  t.throws(() => fullChannel('1/2/3/4'), { code: 'bad-request' });
  t.end();
});

t.test('channels that are none', (t) => {
  for (const good of ['stable', '2.0', '2.0/edge', 'edge/fix', '2.0/edge/fix'])
    t.doesNotThrow(() => checkChannel(good), good);
  const rows = [
    ['', 'channel name cannot be empty'],
    ['1/2/3/4', 'channel name has too many components: 1/2/3/4'],
    ['2.0/nope', 'invalid risk in channel name: 2.0/nope'],
    ['/stable', 'invalid track in channel name: /stable'],
    ['2.0/stable/', 'invalid branch in channel name: 2.0/stable/'],
    ['edge/', 'invalid branch in channel name: edge/'],
  ] as const;
  for (const [bad, message] of rows) t.throws(() => checkChannel(bad), { message }, bad);
  t.end();
});

t.test('a risk alone keeps the track', (t) => {
  const rows = [
    ['2.0/stable', 'edge', '2.0/edge'],
    ['2.0/stable', '3.0/edge', '3.0/edge'],
    ['2.0/stable', '', '2.0/stable'],
    ['latest/stable', 'edge/fix', 'latest/edge/fix'],
    ['stable', 'edge', 'edge'],
    ['stable/fix', 'edge', 'edge'],
    ['', 'edge', 'edge'],
    ['2.0', 'edge', '2.0/edge'],
  ] as const;
  for (const [old, wanted, result] of rows) t.equal(resolveChannel(old, wanted), result, `${old} + ${wanted}`);
  const pinned = { track: '20', by: 'gadget' } as const;
  t.equal(resolveChannel('20/stable', 'edge', pinned), '20/edge');
  t.equal(resolveChannel('20/stable', '20/beta', pinned), '20/beta');
  t.equal(resolveChannel('20/stable', '20', pinned), '20');
  t.throws(() => resolveChannel('', 'edge/fix', { ...pinned, track: '1/2' }), {
    message: 'channel name has too many components: 1/2/edge/fix',
  });
  t.throws(() => resolveChannel('20/stable', '200/beta', pinned), {
    message: 'cannot switch from gadget track "20" as specified for the (device) model to "200/beta"',
  });
  t.end();
});
