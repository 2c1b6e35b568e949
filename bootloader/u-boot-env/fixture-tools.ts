/** For tests: the tools devices have, run on files. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { importText } from './index.ts';

/** Runs a tool; a missing tool or a failure throws, and so fails the test. Output is latin1, as our strings are. */
export function run(tool: string, ...args: readonly string[]): string {
  return execFileSync(tool, args, { encoding: 'latin1', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function fails(tool: string, ...args: readonly string[]): boolean {
  try {
    run(tool, ...args);
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw error;
    return true;
  }
}

/** What `fw_printenv` lists. */
export function vars(listing: string): Record<string, string> {
  return Object.fromEntries(importText(listing));
}

/**
 * Gives a `run` whose tools see the file as the NOR flash /dev/mtd0 (see nor-flash.c); what the preload needs is compiled
 * into the folder.
 */
export function norFlash(folder: string, file: string): typeof run {
  const preload = join(folder, 'nor-flash.so');
  const source = join(import.meta.dirname, 'nor-flash.c');
  run('gcc', '-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', preload, source);
  return (tool, ...args) => run('env', `LD_PRELOAD=${preload}`, `NOR_FLASH=${file}`, tool, ...args);
}
