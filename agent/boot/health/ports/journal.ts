/** The last words of a unit, from systemd's journal. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { clean } from './lines.ts';

const maxLines = 8;
const maxBytes = 65_536;
const maxMillis = 10_000;

/**
 * The last lines that a unit logged in this boot. None where journalctl is missing, fails or takes too long.
 * @param command what is run instead of journalctl
 */
export async function logOf(unit: string, command = 'journalctl'): Promise<readonly string[]> {
  const args = [`--unit=${unit}`, '--lines', String(maxLines), '--output', 'cat', '--boot', '--no-pager', '--quiet'];
  const limits = { timeout: maxMillis, killSignal: 'SIGKILL', maxBuffer: maxBytes, encoding: 'utf8' } as const;
  try {
    const { stdout } = await promisify(execFile)(command, args, limits);
    return clean(stdout, maxLines);
  } catch {
    return [];
  }
}
