import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseBoots } from '../machine/lab/boots.ts';
import { withLock } from '../machine/lab/lock.ts';

t.test('one at a time holds a lock, and it goes with whoever held it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-lock-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'deeper', 'lock');
  const told: string[] = [];
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const first = withLock(file, async () => {
    told.push('first begins');
    const second = withLock(file, async () => told.push('second'));
    await mayEnd;
    told.push('first ends');
    return { second };
  });
  end();
  await (await first).second;
  t.same(told, ['first begins', 'first ends', 'second']);
  await t.rejects(
    withLock(file, async () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );

  const module = join(import.meta.dirname, '../machine/lab/lock.ts');
  const program = `const { withLock } = await import(${JSON.stringify(module)});
    await withLock(${JSON.stringify(file)}, async () => { console.log('held'); await new Promise(() => {}); });`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', `setInterval(() => {}, 1000); ${program}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  t.equal(await withLock(file, async () => 'mine'), 'mine', 'a holder that was killed holds nothing');
});

t.test('the boots of the boot journal are read as the command prints them', async (t) => {
  const printed = [
    {
      boot: 8,
      trial: true,
      rule: 'try',
      reset: 'warm',
      marks: [{ stage: 'target', uptime: 12.5 }],
      health: { checks: [{ check: 'link', weight: 'required', state: 'fail', reason: 'gone', evidence: ['eth0'] }] },
      verdict: { kind: 'bad', by: 'agent', reason: 'gone', evidence: [] },
      end: { how: 'rejected', cause: { code: 'verdict', message: 'gone' } },
    },
    { boot: 7, trial: false, rule: 'default', reset: 'cold', marks: [], end: { how: 'shutdown' } },
  ];
  const [newest, older] = parseBoots(`${JSON.stringify(printed, undefined, 2)}\n`);
  t.match(newest, { boot: 8, trial: true, rule: 'try', end: 'rejected', cause: 'verdict', verdict: { by: 'agent' } });
  t.equal(newest?.marks.get('target'), 12.5);
  t.match(newest?.checks, [{ check: 'link', state: 'fail', reason: 'gone', evidence: ['eth0'] }]);
  t.match(older, { boot: 7, trial: false, cause: undefined, checks: [], verdict: undefined });
});
