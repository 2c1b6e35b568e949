import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { runHookFile } from './run-hook-file.ts';

async function run(t: Test, text: string, seconds = 60, signal: AbortSignal = new AbortController().signal) {
  const path = join(await temporaryDirectory(t), 'hook');
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return runHookFile({ command: ['/usr/bin/env', path, 'one'], env: { SNAP_NAME: 'demo' }, seconds }, signal);
}

t.test('a hook is given its environment alone, and its chain comes before it', async (t) => {
  process.env['HOLDFAST_OF_THE_AGENT'] = 'secret';
  t.strictSame(await run(t, 'echo "$SNAP_NAME|$HOLDFAST_OF_THE_AGENT|$1|$PWD"'), {
    problem: undefined,
    output: ['demo||one|/'],
  });
});

t.test('the last lines of much output are kept, and much output is no problem', async (t) => {
  const { problem, output } = await run(t, 'i=0; while [ $i -lt 9000 ]; do i=$((i+1)); echo line $i; done');
  t.equal(problem, undefined);
  t.strictSame([output.length, output[0], output[9]], [10, 'line 8991', 'line 9000']);
});

t.test('what goes wrong is told in words', async (t) => {
  t.match(await run(t, 'echo no >&2; exit 3'), { problem: 'exit status 3', output: ['no'] });
  t.match(await run(t, 'kill -TERM $$'), { problem: 'signal: SIGTERM' });
  t.match(await run(t, 'sleep 1000', 1), { problem: 'exceeded maximum runtime of 1s' });
  const none = await runHookFile({ command: ['/nowhere/hook'], env: {}, seconds: 60 }, new AbortController().signal);
  t.match(none, { problem: 'exit status 127' });
  t.match(await run(t, 'true', 60, AbortSignal.abort()), { problem: 'it is not wanted any more' });
});
