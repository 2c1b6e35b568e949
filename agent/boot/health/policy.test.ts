import t from 'tap';
import { commandTimes, defaultPolicy } from './defaults.ts';
import { policyOf, withCommands } from './policy.ts';

t.test('the command line comes before the defaults', (t) => {
  t.strictSame(policyOf({}), defaultPolicy);
  t.strictSame(policyOf({ deadlineSeconds: 20, settleSeconds: 3, patienceSeconds: 4 }), {
    ...defaultPolicy,
    settleSeconds: 3,
    patienceSeconds: 4,
    deadlineSeconds: 20,
    marginSeconds: 2,
  });
  t.end();
});

t.test('what is required and wanted by default', (t) => {
  const by = (weight: string) => defaultPolicy.checks.filter((check) => check.weight === weight).map(({ id }) => id);
  t.strictSame(by('required'), ['target', 'baseline', 'services', 'durable-write', 'link']);
  t.strictSame(by('wanted'), ['clock', 'network', 'store']);
  t.end();
});

t.test('commands are checks with the weight of their directory, or the one they are given', (t) => {
  const command = (name: string, weight: 'required' | 'wanted') => ({ id: `command:virt/${name}`, weight, path: name });
  const commands = [command('a', 'required'), command('b', 'wanted'), command('c', 'required')];
  const policy = {
    ...defaultPolicy,
    commandWeights: { 'command:virt/b': 'required', 'command:virt/c': 'off' } as const,
  };
  t.strictSame(withCommands(policy, commands).checks.slice(defaultPolicy.checks.length), [
    { id: 'command:virt/a', kind: 'command', weight: 'required', ...commandTimes },
    { id: 'command:virt/b', kind: 'command', weight: 'required', ...commandTimes },
  ]);
  t.ok(
    commandTimes.timeoutSeconds > defaultPolicy.commandLimits.seconds,
    'the limit of the command itself comes first',
  );
  t.end();
});
