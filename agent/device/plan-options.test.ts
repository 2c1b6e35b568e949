import t from 'tap';
import { isPlanOption, planOptionComplaints, planOptions } from './plan-options.ts';

t.test('options are read from the configuration, as they were set', (t) => {
  const none = planOptions({});
  t.match(none, { retain: undefined, parallelInstances: false });
  t.strictSame(none.checkDiskSpace, { install: false, refresh: false, remove: false });
  const some = planOptions({
    refresh: { retain: 5 },
    experimental: {
      'parallel-instances': true,
      'check-disk-space-remove': 'true',
      'check-disk-space-install': 'false',
    },
  });
  t.match(some, { retain: 5, parallelInstances: true });
  t.strictSame(some.checkDiskSpace, { install: false, refresh: false, remove: true });
  t.end();
});

t.test('values that nothing could use are refused', (t) => {
  const cases: readonly (readonly [string, object, RegExp | undefined])[] = [
    ['retain', { refresh: { retain: 1 } }, /retain must be a number between 2 and 20/],
    ['retain', { refresh: { retain: 20 } }, undefined],
    ['hold', { refresh: { hold: 'soon' } }, /refresh.hold cannot be parsed/],
    ['hold', { refresh: { hold: 'forever' } }, undefined],
    ['flag', { experimental: { 'parallel-instances': 'yes' } }, /can only be set to 'true' or 'false'/],
    ['flag', { experimental: { 'parallel-instances': 'false' } }, undefined],
    ['retention', { snapshots: { automatic: { retention: '23h59m' } } }, /greater than 24 hours/],
    ['retention', { snapshots: { automatic: { retention: 'a day' } } }, /cannot be parsed/],
    ['retention', { snapshots: { automatic: { retention: '24h' } } }, undefined],
    ['retention', { snapshots: { automatic: { retention: 'no' } } }, undefined],
  ];
  for (const [what, config, complaint] of cases) {
    const found = planOptionComplaints({ ...config });
    if (complaint === undefined) t.strictSame(found, [], `${what} ${JSON.stringify(config)}`);
    else t.match(found, [complaint], `${what} ${JSON.stringify(config)}`);
  }
  t.strictSame(['refresh.retain', 'refresh.timer', 'refresh'].map(isPlanOption), [true, false, false]);
  t.end();
});
