/** Compiles the boot script with Debian's `mkimage`; the header's time is fixed so that the same source gives the same bytes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The source of the boot script. */
export const BOOT_SCRIPT: string = fileURLToPath(new URL('boot.cmd', import.meta.url));

/** Seconds since 1970 in the image header. */
const FIXED_TIME = '1700000000';

/** Writes `boot.scr` (a legacy U-Boot image with CRCs over header and data) to `out`. */
export async function compileBootScript(out: string, source: string = BOOT_SCRIPT): Promise<void> {
  const env = { ...process.env, SOURCE_DATE_EPOCH: FIXED_TIME };
  const args = ['-A', 'arm64', '-O', 'linux', '-T', 'script', '-C', 'none', '-n', 'holdfast', '-d', source, out];
  await promisify(execFile)('mkimage', args, { env });
}
