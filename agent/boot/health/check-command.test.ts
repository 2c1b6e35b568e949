import t from 'tap';
import { commandCheck } from './check-command.ts';
import type { HealthCommand } from './model.ts';
import type { CommandEnd } from './ports.ts';
import { calmPorts } from './ports-calm.ts';

const { signal } = new AbortController();
const command: HealthCommand = { id: 'command:virt/ping', weight: 'required', path: '/run/x/ping' };
const limits = { seconds: 30, outputBytes: 16_384, memoryMiB: 64 };

t.test('status and output are the evidence', async (t) => {
  const cases: readonly (readonly [end: CommandEnd, result: object])[] = [
    [
      { how: 'exit', status: 0, output: ['pong'] },
      { state: 'pass', evidence: ['virt/ping exited with status 0', 'pong'] },
    ],
    [
      { how: 'exit', status: 3, output: ['no answer'] },
      { state: 'fail', reason: 'virt/ping exited with status 3', evidence: ['no answer'], final: false },
    ],
    [
      { how: 'signal', status: 'SIGSEGV', output: [] },
      { state: 'fail', reason: 'virt/ping was ended by SIGSEGV', evidence: ['it printed nothing'] },
    ],
    [{ how: 'time', status: 30, output: [] }, { reason: 'virt/ping ran longer than 30 s and was killed' }],
    [
      { how: 'output', status: 16_384, output: ['y'] },
      { reason: 'virt/ping printed more than 16384 bytes and was killed' },
    ],
    [{ how: 'not-started', status: 'ENOMEM', output: [] }, { reason: 'virt/ping could not be started: ENOMEM' }],
  ];
  for (const [end, result] of cases) {
    const runs: unknown[] = [];
    const runCommand = async (...all: unknown[]) => {
      runs.push(all);
      return end;
    };
    const check = commandCheck({ ports: calmPorts({ runCommand }) }, command, limits);
    t.equal(check.id, command.id);
    t.match(await check.run(signal), result, end.how);
    t.strictSame(runs, [[command, limits, signal]]);
  }
});
