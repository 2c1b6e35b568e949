/** The agent's entry: the daemon, or the `holdfast` command. What only one of them needs is loaded by that one. */
import { unfitNode, version } from './version.ts';

const unfit = unfitNode(process.versions.node);
if (unfit !== undefined) {
  console.error(`error: ${unfit}`);
  process.exit(1);
}

const args = process.argv.slice(2);
if (args[0] === 'daemon') await daemon(args.slice(1));
else await command(args);

async function daemon(rest: readonly string[]): Promise<void> {
  const { parseArgs } = await import('node:util');
  try {
    const { values } = parseArgs({ args: [...rest], options: { root: { type: 'string' } } });
    const { startDaemon } = await import('./daemon.ts');
    const { resolve } = await import('node:path');
    const root = resolve(values.root ?? process.env['SNAPPY_GLOBAL_ROOT'] ?? '/');
    const { stop } = await startDaemon({ root, env: process.env });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        stop().finally(() => process.exit(0));
      });
    }
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

async function command(words: readonly string[]): Promise<void> {
  const { runCommand } = await import('./cli/run.ts');
  process.exitCode = await runCommand(words, process.env, version, {
    isTty: process.stdout.isTTY === true,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}
