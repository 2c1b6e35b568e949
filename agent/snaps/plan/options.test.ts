/** Setting `refresh.retain` and `refresh.hold`; what they mean is in gc.test.ts (C18). */
import t from 'tap';
import { checkRefreshHold, checkRetain, refreshHoldOf } from './options.ts';

t.test('refresh.retain is set to 2 to 20', (t) => {
  for (const good of [undefined, null, '', 2, '2', 20, '20']) t.doesNotThrow(() => checkRetain(good), String(good));
  for (const bad of [1, '21', 0, -3, '2.5', 'x', true, {}, '0x10', '99999999999']) {
    t.throws(
      () => checkRetain(bad),
      { code: 'bad-request', message: /^retain must be a number between 2 and 20, not "/ },
      String(bad),
    );
  }
  t.end();
});

t.test('refresh.hold is a time, or forever', (t) => {
  t.strictSame(refreshHoldOf('2026-01-02T03:04:05Z'), new Date('2026-01-02T03:04:05Z'));
  t.strictSame(refreshHoldOf('2026-01-02T03:04:05.5+02:00'), new Date('2026-01-02T01:04:05.500Z'));
  t.equal(refreshHoldOf('forever'), 'forever');
  t.equal(refreshHoldOf(undefined), undefined);
  for (const good of ['', null, 'forever', '2026-01-02T03:04:05Z']) t.doesNotThrow(() => checkRefreshHold(good));
  for (const bad of ['tomorrow', '2026-01-02', '2026-13-02T03:04:05Z', 5]) {
    t.throws(() => checkRefreshHold(bad), { message: /^refresh\.hold cannot be parsed: / }, String(bad));
  }
  t.end();
});
