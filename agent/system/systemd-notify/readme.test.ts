import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import * as api from './index.ts';
import { receiver } from './receiver.ts';

t.test('the examples of the README run, and say what they show', async (t) => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
  const said: readonly (readonly string[])[] = [
    ['READY=1\nSTATUS=listening', 'STATUS=3 of 7 files copied', 'STOPPING=1'],
    [
      /* the pid is looked at below */
    ],
    ['WATCHDOG=1'],
    [],
    ['FDSTOREREMOVE=1\nFDNAME=log'],
    [],
  ];
  t.equal(examples.length, said.length);
  // A socket's path has to fit into 107 bytes, so not t.testdir().
  const folder = mkdtempSync(join(tmpdir(), 'notify-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const address = join(folder, 'socket');
  const listener = await receiver(address);
  for (const [index, example] of examples.entries()) {
    const env = { ...process.env, NOTIFY_SOCKET: address, WATCHDOG_USEC: '20000000' };
    const options = { cwd: import.meta.dirname, env, encoding: 'utf8', timeout: 60_000 } as const;
    const run = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', example], options);
    t.match(run, { status: 0, stderr: '' }, `example ${index + 1}`);
    for (const message of said[index] ?? []) t.equal(await nextMessage(), message);
    if (index === 1) t.match(await nextMessage(), /^READY=1\nSTATUS=took over\nMAINPID=\d+$/);
    if (index === 4) t.equal(run.stdout, '"FDSTORE=1\\nFDNAME=log\\nFDPOLL=0" 1\n');
    if (index === 5) t.equal(run.stdout, '/run/systemd/notify <- READY=1\n');
  }
  await listener.stop();

  /** systemd-notify follows each message by one that says when it was read. */
  async function nextMessage(): Promise<string> {
    const message = await listener.next();
    return message === 'BARRIER=1' ? await nextMessage() : message;
  }
});

t.test('the README names all that is exported, and the error codes', async (t) => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  for (const name of Object.keys(api)) t.match(readme, new RegExp(`\\b${name}\\b`), name);
  const codes = readFileSync(join(import.meta.dirname, 'error.ts'), 'utf8').matchAll(/^ {2}\| '([a-z-]+)'/gm);
  const found = [...codes].map(([, code]) => code ?? '');
  t.equal(found.length, 7);
  for (const code of found) t.match(readme, `\`${code}\``, code);
});
