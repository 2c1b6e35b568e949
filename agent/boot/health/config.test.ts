import t from 'tap';
import { healthConfig, healthKeys } from './config.ts';
import { defaultPolicy } from './defaults.ts';
import { policyOf } from './policy.ts';

t.test('the gadget comes before the defaults, and the user before the gadget', (t) => {
  const gadget = {
    health: { deadline: '10m', settle: '45s', checks: { store: 'off' } },
    'service.ssh.disable': 'true',
  };
  const user = { 'health.settle': 10, health: { patience: '1h', 'store-url': 'https://store.example' } };
  const { policy, errors } = healthConfig(defaultPolicy, gadget, user);
  t.strictSame(errors, []);
  t.match(policy, {
    deadlineSeconds: 600,
    settleSeconds: 10,
    patienceSeconds: 3600,
    marginSeconds: 5,
    storeUrl: 'https://store.example',
  });
  t.notOk(policy.checks.some(({ id }) => id === 'store'));
  t.strictSame(healthConfig(defaultPolicy, undefined, undefined), { policy: defaultPolicy, errors: [] });
  const map = new Map([['health', new Map([['settle', '7']])]]);
  t.equal(healthConfig(defaultPolicy, map, {}).policy.settleSeconds, 7);
  t.end();
});

t.test('weights are changed one by one', (t) => {
  const checks = { link: 'wanted', clock: 'required', baseline: 'off', 'command:virt/ping.sh': 'off' };
  const { policy, errors } = healthConfig(defaultPolicy, {}, { health: { checks } });
  t.strictSame(errors, []);
  t.strictSame(
    policy.checks.map(({ id, weight }) => `${id} ${weight}`),
    [
      'target required',
      'services required',
      'durable-write required',
      'link wanted',
      'clock required',
      'network wanted',
      'store wanted',
    ],
  );
  t.strictSame(policy.commandWeights, { 'command:virt/ping.sh': 'off' });
  const again = healthConfig(policy, { health: { checks: { baseline: 'wanted' } } }, undefined).policy;
  t.match(again.checks[1], { id: 'baseline', weight: 'wanted', kind: 'baseline' });
  const slow = { ...defaultPolicy, checks: defaultPolicy.checks.map((check) => ({ ...check, intervalSeconds: 99 })) };
  t.ok(
    healthConfig(slow, {}, { 'health.checks.link': 'wanted' }).policy.checks.every(
      (check) => check.intervalSeconds === 99,
    ),
  );
  t.end();
});

t.test('a value that cannot be is refused by key, value and what is allowed, and changes nothing', (t) => {
  const cases: readonly (readonly [conf: object, key: string, message: RegExp])[] = [
    [
      { health: { settle: 'soon' } },
      'health.settle',
      /^cannot set health.settle to "soon": must be 1 to 43200 seconds, or such as 90s, 5m, 1h$/,
    ],
    [{ health: { settle: 0 } }, 'health.settle', /1 to 43200/],
    [{ health: { settle: -3 } }, 'health.settle', /1 to 43200/],
    [{ health: { settle: 1.5 } }, 'health.settle', /1 to 43200/],
    [{ health: { settle: true } }, 'health.settle', /to true/],
    [{ health: { deadline: '5s' } }, 'health.deadline', /10 to 600/],
    [{ health: { deadline: '601' } }, 'health.deadline', /10 to 600 seconds/],
    [{ health: { patience: '' } }, 'health.patience', /to ""/],
    [{ health: { settle: '5m' } }, 'health.settle', /300 s: it must end before the deadline of 300 s/],
    [{ health: { deadline: 20 } }, 'health.settle', /30 s: it must end before the deadline of 20 s/],
    [{ health: { 'store-url': 'ftp://x' } }, 'health.store-url', /http or https/],
    [{ health: { 'store-url': 'http://' } }, 'health.store-url', /http or https/],
    [{ health: { checks: { link: 'maybe' } } }, 'health.checks.link', /"maybe": must be required, wanted or off/],
    [
      { health: { checks: { lnk: 'off' } } },
      'health.checks.lnk',
      /no such check; there are target, baseline, .* and command:/,
    ],
    [{ health: { checks: { 'command:../x': 'off' } } }, 'health.checks.command:../x', /no such check/],
    [
      { health: { checks: 'off' } },
      'health.checks',
      /no such option; health has deadline, settle, patience, store-url, checks/,
    ],
    [{ health: { speed: 9 } }, 'health.speed', /no such option/],
    [{ health: 'good' }, 'health', /no such option/],
    [{ health: { constructor: '5' } }, 'health.constructor', /no such option/],
  ];
  for (const [conf, key, message] of cases) {
    const { policy, errors } = healthConfig(defaultPolicy, undefined, { 'health.patience': 77, ...conf });
    t.equal(errors.length, 1, key);
    t.match(errors[0], { key, message });
    t.strictSame(policy, defaultPolicy, 'nothing of it is taken');
  }
  const required = Object.fromEntries(defaultPolicy.checks.map(({ id }) => [`health.checks.${id}`, 'wanted']));
  t.match(healthConfig(defaultPolicy, undefined, required).errors, [
    { key: 'health.checks', message: /one must be required/ },
  ]);
  const odd = policyOf({ deadlineSeconds: 20 });
  t.strictSame(healthConfig(odd, undefined, { 'health.patience': 9 }).errors, [], 'what contradicted itself before');
  const gadget = healthConfig(defaultPolicy, { health: { settle: 'x' } }, { health: { settle: 7 } });
  t.match(gadget.errors, [{ message: /^in the gadget's defaults: cannot set/ }]);
  t.equal(gadget.policy.settleSeconds, 7, 'the user still counts');
  t.end();
});

t.test('a value of null is none, and other keys are not read', (t) => {
  const { policy, errors } = healthConfig(defaultPolicy, null, {
    health: { settle: null },
    refresh: { timer: 'x' },
    healthy: 1,
  });
  t.strictSame([policy, errors], [defaultPolicy, []]);
  t.strictSame(
    [...healthKeys({ health: { checks: { link: 'off' }, settle: 9 }, swap: 1 })],
    [
      ['health.checks.link', 'off'],
      ['health.settle', 9],
    ],
  );
  t.end();
});
