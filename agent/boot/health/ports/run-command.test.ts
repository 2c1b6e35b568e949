import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../../../fixture.ts';
import { runCommand } from './run-command.ts';

const limits = { seconds: 60, outputBytes: 4096, memoryMiB: 64 };
const { signal } = new AbortController();

async function run(t: Test, text: string, changed: Partial<typeof limits> = {}, over: AbortSignal = signal) {
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'check');
  await writeFile(path, `#!/bin/sh\nhere=${folder}\n${text}\n`);
  await chmod(path, 0o755);
  const command = { id: 'command:virt/check', weight: 'required', path } as const;
  return { folder, end: await runCommand(command, { ...limits, ...changed }, over) };
}

/** A process that is gone, or only waits for its parent to see that. */
async function isDead(folder: string): Promise<boolean> {
  const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim();
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat === '' || /\) [ZX] /.test(stat);
}

t.test('status and output are told, in order of the streams', async (t) => {
  t.strictSame((await run(t, 'echo well; echo "$HOLDFAST_HEALTH_CHECK" >&2')).end, {
    how: 'exit',
    status: 0,
    output: ['well', 'command:virt/check'],
  });
  t.match((await run(t, 'seq 1 20; exit 3')).end, { how: 'exit', status: 3, output: ['9', '10'] });
  t.match((await run(t, 'kill -SEGV $$')).end, { how: 'signal', status: 'SIGSEGV', output: [] });
});

t.test('it is run with nothing of the environment of the agent', async (t) => {
  process.env['HOLDFAST_OF_THE_AGENT'] = 'secret';
  const { end } = await run(t, 'read -r line; echo "$line|$HOME|$PWD|$HOLDFAST_OF_THE_AGENT"');
  t.strictSame(end.output, ['||/|']);
});

t.test('what cannot be run says why', async (t) => {
  const path = join(await temporaryDirectory(t), 'none');
  const end = await runCommand({ id: 'command:virt/none', weight: 'required', path }, limits, signal);
  t.match(end, { how: 'exit', status: 127, output: [/not found/] });
});

t.test('a command that hangs and hears no signal is killed', async (t) => {
  const { folder, end } = await run(
    t,
    "trap '' TERM INT HUP; echo $$ >$here/pid; echo begun; while :; do sleep 1000; done",
    {
      seconds: 1,
    },
  );
  t.strictSame(end, { how: 'time', status: 1, output: ['begun'] });
  t.ok(await isDead(folder));
});

t.test('a command that prints without end is killed', async (t) => {
  const { folder, end } = await run(t, 'echo $$ >$here/pid; exec yes what a noise');
  t.match(end, { how: 'output', status: 4096 });
  t.ok(end.output.length <= 12 && end.output[0] === 'what a noise', 'the last lines of what was kept');
  t.ok(await isDead(folder));
});

t.test('what a command leaves behind is killed: in its group, and out of it', async (t) => {
  const child = await run(t, 'sleep 1000 & echo $! >$here/pid; exit 0');
  t.match(child.end, { how: 'exit', status: 0 });
  t.ok(await isDead(child.folder));
  const forgetful = await run(t, 'env -i sleep 1000 & echo $! >$here/pid; exit 0');
  t.ok(await isDead(forgetful.folder), 'the group needs no mark');
  const daemon = "setsid sh -c 'echo $$ >$0/pid; exec sleep 1000' $here </dev/null >/dev/null 2>&1 &";
  const wait = 'while [ ! -s $here/pid ]; do sleep 0.01; done';
  const forked = await run(t, `${daemon}\n${wait}\necho left`);
  t.match(forked.end, { how: 'exit', status: 0, output: ['left'] });
  t.ok(await isDead(forked.folder));
});

t.test('a daemon that keeps the output open holds nobody up', async (t) => {
  const daemon = "setsid sh -c 'echo $$ >$0/pid; exec sleep 1000' $here &";
  const { folder, end } = await run(t, `${daemon}\nwhile [ ! -s $here/pid ]; do sleep 0.01; done`);
  t.match(end, { how: 'exit', status: 0 });
  t.ok(await isDead(folder));
});

t.test('a command that takes more memory than it may does not get it', async (t) => {
  const hungry = 'x=0123456789abcdef; while :; do x=$x$x; done; echo never';
  const { end } = await run(t, hungry, { memoryMiB: 16 });
  t.ok((end.how === 'exit' && end.status !== 0) || end.how === 'signal', `${end.how} ${end.status}`);
  t.notMatch(end.output, ['never']);
});

t.test('a command that nobody waits for any more is killed', async (t) => {
  const over = new AbortController();
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'check');
  await writeFile(path, `#!/bin/sh\necho $$ >${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; sleep 1000\n`);
  await chmod(path, 0o755);
  const running = runCommand({ id: 'command:virt/check', weight: 'required', path }, limits, over.signal);
  while ((await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) === '') await new Promise(setImmediate);
  over.abort();
  t.match(await running, { how: 'time', status: 'it is not wanted any more' });
  t.ok(await isDead(folder));
  t.match(await runCommand({ id: 'command:virt/check', weight: 'required', path }, limits, over.signal), {
    how: 'not-started',
  });
});
